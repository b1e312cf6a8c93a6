//! Groups that lines join: each is a lane of the layers, with a frame.

use std::collections::BTreeMap;

use super::sheet::Sheet;
use super::{Drawing, FRAME, Frame, GAP, Point};

/// Frames around the lanes, with what stands beside each: to the right of all boxes and lines that are as far down.
pub(super) fn framed(
    sheet: &Sheet,
    drawing: Drawing,
    lanes: &[usize],
    heights: &[f64],
    beside: &mut BTreeMap<usize, Drawing>,
) -> Drawing {
    let mut whole = Drawing::default();
    let mut bottom = 0.0;
    for (lane, group) in lanes.iter().enumerate() {
        let own = beside.remove(group).unwrap_or_default();
        let tops = sheet.items.iter().filter(|item| item.lane == lane).map(|item| item.top);
        let top = Some(tops.fold(f64::INFINITY, f64::min)).filter(|top| top.is_finite()).unwrap_or(bottom);
        let height = heights[lane] + 3.0 * FRAME;
        let (left, mut right) = span(sheet, &drawing, lane);
        if own.width > 0.0 {
            let free = lines_until(&drawing, top - 3.0 * FRAME, top + height).max(right) + FRAME;
            right = free + own.width;
            whole.put(own, Point { x: FRAME + free, y: top + 2.0 * FRAME });
        }
        let at = Point { x: left, y: top };
        let frame = Frame { group: *group, at, width: right - left + 2.0 * FRAME, height };
        whole.width = whole.width.max(at.x + frame.width);
        whole.height = whole.height.max(top + height);
        whole.frames.push(frame);
        bottom = top + height + GAP;
    }
    whole.put(drawing, Point { x: FRAME, y: 2.0 * FRAME });
    whole
}

/// From where to where a lane's boxes reach.
fn span(sheet: &Sheet, drawing: &Drawing, lane: usize) -> (f64, f64) {
    let of_lane = |node: usize| sheet.items.iter().find(|item| item.node == Some(node) && item.lane == lane);
    let boxes = drawing.boxes.iter().filter_map(|(node, at)| Some((at.x, at.x + of_lane(*node)?.width)));
    boxes.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1))).unwrap_or_default()
}

/// How far to the right lines reach that pass between two heights.
fn lines_until(drawing: &Drawing, top: f64, bottom: f64) -> f64 {
    let steps = drawing.lines.iter().flat_map(|(_, line)| line.windows(2));
    let passing = steps.filter(|step| step[0].y.min(step[1].y) < bottom && step[0].y.max(step[1].y) > top);
    passing.map(|step| step[0].x.max(step[1].x)).fold(0.0, f64::max)
}
