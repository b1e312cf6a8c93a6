//! What must hold of every layout, of random graphs.

use proptest::prelude::*;
use proptest::strategy::ValueTree;

use super::*;

/// Boxes of a few rows each, links between any two of them.
fn graphs() -> impl Strategy<Value = (Vec<Node>, Vec<Link>)> {
    let node = (60..300_u32, 1..12_u32, 0..3_usize);
    (prop::collection::vec(node, 1..24), 1..4_usize).prop_flat_map(|(nodes, groups)| {
        let count = nodes.len();
        let links = prop::collection::vec((0..count, 0..count, 0..12_u32, 0..2_usize), 0..30);
        let nodes: Vec<Node> = (nodes.into_iter())
            .map(|(width, rows, group)| Node {
                width: f64::from(width),
                height: 27.0 + 18.0 * f64::from(rows),
                group: group % groups,
            })
            .collect();
        links.prop_map(move |links| {
            let link = |(from, to, row, kind): (usize, usize, u32, usize)| {
                let rows = ((nodes[from].height - 27.0) / 18.0) as u32;
                // Never the row that is pointed at: a key does not point at itself.
                let row = if from == to { 1.min(rows - 1).max(row % rows) } else { row % rows };
                let from_port = 36.0 + 18.0 * f64::from(row);
                Link { from, from_port, from_room: 9.0, to, to_port: 36.0, to_room: 9.0, kind }
            };
            let mut links: Vec<Link> = links.into_iter().map(link).collect();
            links.retain(|link| link.from != link.to || link.from_port > 36.0);
            // Two keys on one row may end in one place, but no two lines are the same.
            links.sort_by_key(|link| (link.from, link.from_port as u32, link.to, link.kind));
            links.dedup_by_key(|link| (link.from, link.from_port as u32));
            (nodes.clone(), links)
        })
    })
}

/// Left, top, right and bottom of a box.
fn sides(nodes: &[Node], (node, at): (usize, Point)) -> [f64; 4] {
    [at.x, at.y, at.x + nodes[node].width, at.y + nodes[node].height]
}

fn overlap(a: [f64; 4], b: [f64; 4]) -> bool {
    a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3]
}

fn check(nodes: &[Node], links: &[Link], drawing: &Drawing) -> Result<(), TestCaseError> {
    let mut drawn: Vec<usize> = drawing.boxes.iter().map(|(node, _)| *node).collect();
    drawn.sort_unstable();
    prop_assert_eq!(drawn, (0..nodes.len()).collect::<Vec<_>>(), "every box is drawn once");
    let mut lines: Vec<usize> = drawing.lines.iter().map(|(link, _)| *link).collect();
    lines.sort_unstable();
    prop_assert_eq!(lines, (0..links.len()).collect::<Vec<_>>(), "every link is drawn once");
    for (at, one) in drawing.boxes.iter().enumerate() {
        let one = sides(nodes, *one);
        prop_assert!(one[0] >= 0.0 && one[1] >= 0.0 && one[2] <= drawing.width && one[3] <= drawing.height);
        for other in &drawing.boxes[..at] {
            prop_assert!(!overlap(one, sides(nodes, *other)), "boxes overlap: {one:?} {other:?}");
        }
    }
    for (link, line) in &drawing.lines {
        check_line(nodes, &links[*link], line, drawing)?;
    }
    for frame in &drawing.frames {
        let frame_sides = [frame.at.x, frame.at.y, frame.at.x + frame.width, frame.at.y + frame.height];
        for one in &drawing.boxes {
            let inside = nodes[one.0].group == frame.group;
            prop_assert_eq!(overlap(frame_sides, sides(nodes, *one)), inside, "a frame holds the boxes of its group");
        }
    }
    Ok(())
}

fn check_line(nodes: &[Node], link: &Link, line: &[Point], drawing: &Drawing) -> Result<(), TestCaseError> {
    let of = |node: usize| drawing.boxes.iter().find(|(other, _)| *other == node).map(|(_, at)| *at).unwrap();
    let ends = [(link.from, link.from_port, line[0]), (link.to, link.to_port, line[line.len() - 1])];
    for (node, port, end) in ends {
        let at = of(node);
        prop_assert!((end.y - at.y - port).abs() <= 9.0, "a line ends at its row");
        let at_side = (end.x - at.x).abs() < 0.1 || (end.x - at.x - nodes[node].width).abs() < 0.1;
        prop_assert!(at_side, "a line ends at its box's side");
    }
    for step in line.windows(2) {
        let (a, b) = (step[0], step[1]);
        prop_assert!(a.x == b.x || a.y == b.y, "right angles alone: {a:?} {b:?}");
        let around = [a.x.min(b.x) + 0.1, a.y.min(b.y), a.x.max(b.x) - 0.1, a.y.max(b.y)];
        let around = [around[0].min(around[2]), around[1] - 0.1, around[2].max(around[0]), around[3] + 0.1];
        for one in &drawing.boxes {
            prop_assert!(!overlap(around, sides(nodes, *one)), "a line runs through a box: {a:?} {b:?} {one:?}");
        }
    }
    Ok(())
}

/// Steps that lie on each other though their lines end at different ports.
fn lies_on(drawing: &Drawing, links: &[Link]) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    for (at, (a, one)) in drawing.lines.iter().enumerate() {
        for (b, other) in &drawing.lines[..at] {
            let (first, second) = (&links[*a], &links[*b]);
            let together = (first.to, first.kind) == (second.to, second.kind);
            let on = one.windows(2).any(|s| other.windows(2).any(|t| steps_lie_on([s[0], s[1]], [t[0], t[1]])));
            if on && !together {
                found.push((*a, *b));
            }
        }
    }
    found
}

fn steps_lie_on(s: [Point; 2], t: [Point; 2]) -> bool {
    let shared = |a: [f64; 2], b: [f64; 2]| a[0].max(a[1]).min(b[0].max(b[1])) - a[0].min(a[1]).max(b[0].min(b[1]));
    let upright = |step: [Point; 2]| step[0].x == step[1].x;
    match (upright(s), upright(t)) {
        (true, true) => (s[0].x - t[0].x).abs() < 2.0 && shared([s[0].y, s[1].y], [t[0].y, t[1].y]) > 2.0,
        (false, false) => (s[0].y - t[0].y).abs() < 2.0 && shared([s[0].x, s[1].x], [t[0].x, t[1].x]) > 2.0,
        _ => false,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn boxes_stand_apart_and_lines_go_around_them((nodes, links) in graphs()) {
        let drawing = layout(&nodes, &links, nodes.iter().any(|node| node.group > 0));
        check(&nodes, &links, &drawing)?;
        let again = layout(&nodes, &links, nodes.iter().any(|node| node.group > 0));
        prop_assert_eq!(drawing.lines, again.lines, "the same every time");
    }
}

#[test]
fn lines_with_different_ends_do_not_lie_on_each_other() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    for _ in 0..128 {
        let (nodes, links) = graphs().new_tree(&mut runner).unwrap().current();
        let drawing = layout(&nodes, &links, false);
        assert_eq!(lies_on(&drawing, &links), [], "{nodes:?} {links:?}");
    }
}

#[test]
fn steps_that_lie_on_each_other_are_found() {
    let step = |a: [f64; 2], b: [f64; 2]| [Point { x: a[0], y: a[1] }, Point { x: b[0], y: b[1] }];
    let upright = step([9.0, 0.0], [9.0, 90.0]);
    assert!(steps_lie_on(upright, step([10.0, 80.0], [10.0, 200.0])));
    assert!(!steps_lie_on(upright, step([9.0, 90.0], [9.0, 200.0])));
    assert!(!steps_lie_on(upright, step([0.0, 9.0], [90.0, 9.0])));
    assert!(steps_lie_on(step([0.0, 9.0], [90.0, 9.0]), step([40.0, 9.0], [50.0, 9.0])));
}
