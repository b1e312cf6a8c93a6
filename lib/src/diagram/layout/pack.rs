//! Several drawings on one page of a sensible shape.

use super::{ASPECT, Drawing, GAP, Node, Point};

/// Puts drawings beside and below each other with `gap` between them, in the width that gives the best page.
pub(super) fn pack(mut drawings: Vec<Drawing>, gap: f64) -> Drawing {
    drawings.retain(|drawing| drawing.width > 0.0);
    // Large ones first; among equals, the order they came in.
    drawings.sort_by(|a, b| (b.height * b.width).total_cmp(&(a.height * a.width)));
    let sizes: Vec<(f64, f64)> = drawings.iter().map(|one| (one.width + gap, one.height + gap)).collect();
    let Some(widest) = sizes.iter().map(|size| size.0).max_by(f64::total_cmp) else { return Drawing::default() };
    let area: f64 = sizes.iter().map(|(width, height)| width * height).sum();
    let ideal = (area * ASPECT).sqrt();
    let mut best: Option<(f64, Vec<Point>)> = None;
    for step in 0..16 {
        let width = widest.max(ideal * (0.7 + 0.06 * f64::from(step)));
        let places = skyline(&sizes, width);
        let (wide, high) = extent(&places, &sizes);
        // What counts is how large the page is shown on a screen of that shape.
        let badness = (wide / ASPECT).max(high);
        if best.as_ref().is_none_or(|(least, _)| badness < *least) {
            best = Some((badness, places));
        }
    }
    let mut page = Drawing::default();
    let places = best.map(|(_, places)| places).unwrap_or_default();
    for (drawing, at) in drawings.into_iter().zip(places) {
        page.put(drawing, at);
    }
    page
}

fn extent(places: &[Point], sizes: &[(f64, f64)]) -> (f64, f64) {
    let ends = places.iter().zip(sizes).map(|(at, (width, height))| (at.x + width, at.y + height));
    ends.fold((0.0, 0.0), |(wide, high), (x, y)| (x.max(wide), y.max(high)))
}

/// Each size in turn at the highest place where it fits, the leftmost of those.
fn skyline(sizes: &[(f64, f64)], page: f64) -> Vec<Point> {
    // Steps of the lower edge of what is placed: where each begins, and how far down it is.
    let mut edge: Vec<Point> = vec![Point::default()];
    let mut places = Vec::new();
    for (width, height) in sizes {
        let lowest = |start: f64| {
            let until = |at: usize| edge.get(at + 1).map_or(page, |next| next.x);
            let under = edge.iter().enumerate().filter(|(at, step)| step.x < start + width && until(*at) > start);
            under.map(|(_, step)| step.y).fold(0.0, f64::max)
        };
        let fits = edge.iter().filter(|step| step.x + width <= page + 0.5 || step.x == 0.0);
        let spots = fits.map(|step| Point { x: step.x, y: lowest(step.x) });
        let Some(at) = spots.min_by(|a, b| (a.y, a.x).partial_cmp(&(b.y, b.x)).unwrap_or(std::cmp::Ordering::Equal))
        else {
            continue;
        };
        places.push(at);
        let end = at.x + width;
        let after = edge.iter().rfind(|step| step.x <= end).map_or(0.0, |step| step.y);
        edge.retain(|step| step.x < at.x || step.x > end);
        edge.push(Point { x: at.x, y: at.y + height });
        if end < page {
            edge.push(Point { x: end, y: after });
        }
        edge.sort_by(|a, b| a.x.total_cmp(&b.x));
    }
    places
}

/// Boxes in columns of one width, each below the shortest column so far; as wide as `width`, or of the page's shape.
pub(super) fn grid(nodes: &[Node], single: &[usize], width: f64) -> Drawing {
    let size = |node: &usize| &nodes[*node];
    let column = single.iter().map(|node| size(node).width).fold(0.0, f64::max) + GAP;
    let area: f64 = single.iter().map(|node| column * (size(node).height + GAP)).sum();
    let columns = (width + GAP).max((area * ASPECT).sqrt()) / column;
    // Safe: a diagram has fewer than 2^32 columns and at least one.
    let columns = (columns.floor().max(1.0) as usize).min(single.len());
    let mut bottoms = vec![0.0; columns];
    let mut drawing = Drawing::default();
    for node in single {
        let shortest = (0..columns).min_by(|a, b| f64::total_cmp(&bottoms[*a], &bottoms[*b])).unwrap_or_default();
        let at = Point { x: shortest as f64 * column, y: bottoms[shortest] };
        bottoms[shortest] += size(node).height + GAP;
        drawing.boxes.push((*node, at));
        drawing.width = drawing.width.max(at.x + size(node).width);
        drawing.height = drawing.height.max(at.y + size(node).height);
    }
    drawing
}
