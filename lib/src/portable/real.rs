//! Binary numbers as text.

/// The shortest digits that read back as the same number, always with a point or an exponent, so that it is no whole number.
pub(super) fn text(number: f64) -> String {
    match number {
        _ if number.is_nan() => "NaN".to_owned(),
        f64::INFINITY => "Infinity".to_owned(),
        f64::NEG_INFINITY => "-Infinity".to_owned(),
        _ => format!("{number:?}"),
    }
}

/// What [`text`] has written.
pub(super) fn named(text: &str) -> Option<f64> {
    match text {
        "NaN" => Some(f64::NAN),
        "Infinity" => Some(f64::INFINITY),
        "-Infinity" => Some(f64::NEG_INFINITY),
        _ => None,
    }
}

/// Whether a number in half the room is the same, as PostgreSQL's `real` prints it: by the fewest digits that are nearer to it than
/// to any other, a tie being none. Rust takes ties, and prints 3e10 where PostgreSQL prints 3.0000001e10.
pub(super) fn fits_single(number: f64) -> bool {
    #[allow(clippy::cast_possible_truncation, reason = "whether it is cut off is the question")]
    let single = number as f32;
    if !number.is_finite() || !single.is_finite() {
        return !number.is_finite();
    }
    let whole = f64::from(single);
    // Beyond the largest of all there is none to be half way to.
    let half_way = |other: f32, opposite: f32| match other.is_finite() {
        true => f64::midpoint(whole, f64::from(other)),
        false => whole + (whole - f64::midpoint(whole, f64::from(opposite))),
    };
    let (down, up) = (single.next_down(), single.next_up());
    let (low, high) = (half_way(down, up), half_way(up, down));
    let nearest = |digits: usize| nearest(whole, digits).into_iter().find(|printed| low < *printed && *printed < high);
    (0..9).find_map(nearest) == Some(number)
}

/// What `whole` is rounded to with so many digits after the first, and the numbers on either side: at a power of two the numbers
/// below are twice as near as those above, so that what it is rounded to may be too far away where the next one is not.
fn nearest(whole: f64, digits: usize) -> Vec<f64> {
    let rounded = format!("{whole:.digits$e}");
    let Some((mantissa, exponent)) = rounded.split_once('e') else { return Vec::new() };
    let Ok(number) = mantissa.replace('.', "").parse::<i64>() else { return Vec::new() };
    let Ok(exponent) = exponent.parse::<i64>() else { return Vec::new() };
    let shifted = exponent - digits as i64;
    [number, number + 1, number - 1]
        .into_iter()
        .filter_map(|number| format!("{number}e{shifted}").parse().ok())
        .collect()
}

/// The whole number that it is.
pub(super) fn whole(number: f64) -> Option<i64> {
    // 2^63 itself is no i64, and the nearest float below it is far from i64::MAX.
    let inside = (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&number);
    #[allow(clippy::cast_possible_truncation, reason = "it was asked before")]
    (inside && number.fract() == 0.0).then_some(number as i64)
}

/// The binary number that is exactly `number`.
pub(super) fn of_whole(number: i64) -> Option<f64> {
    #[allow(clippy::cast_precision_loss, reason = "it is asked next")]
    let real = number as f64;
    (whole(real) == Some(number)).then_some(real)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_the_same_or_is_none() {
        assert_eq!(of_whole(1 << 53), Some(9_007_199_254_740_992.0));
        assert_eq!(of_whole((1 << 53) + 1), None);
        assert_eq!(of_whole(i64::MAX), None);
        assert_eq!((whole(2.0), whole(2.5), whole(1e19)), (Some(2), None, None));
        assert!(fits_single(0.1) && fits_single(f64::NAN) && !fits_single(0.1 + 0.2) && !fits_single(1e300));
        assert!(
            fits_single(30_000_001_000.0)
                && fits_single(1.1754944e-38)
                && fits_single(3.402_823_5e38)
                && fits_single(-3.402_823_5e38)
                && fits_single(-16_777_216.0)
        );
        assert!(!fits_single(16_777_217.0) && !fits_single(3e10));
        // As PostgreSQL prints 2^87, 2^90 and 2^-96, which are rounded to what is nearer to the number below.
        assert!(fits_single(1.547_425_1e26) && fits_single(1.237_940_1e27) && fits_single(1.262_177_5e-29));
        assert!(!fits_single(1.547_425_05e26));
    }

    #[test]
    fn a_binary_number_never_looks_like_a_whole_one() {
        for (number, expected) in [(1.0, "1.0"), (1e20, "1e20"), (0.1, "0.1"), (1e-7, "1e-7"), (f64::NAN, "NaN")] {
            assert_eq!(text(number), expected);
        }
    }
}
