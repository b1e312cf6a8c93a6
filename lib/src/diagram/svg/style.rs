//! Colours and fonts, for a light and a dark page. Plain classes and no variables, which not every viewer knows.

/// What a reader who cannot see the lines is told, and everybody else may read.
pub(super) const LEGEND: &str = "A line runs from a foreign key to what it points at. At the key's end a crow's foot means \
    many rows and a bar at most one; at the other end two bars mean exactly one row and a circle with a bar none or one. \
    PK, FK and UK mark primary, foreign and unique keys; a question mark after a type allows NULL.";

/// How many colours there are for schemas.
const COLORS: usize = 6;
/// Header, its text and frame of each, light.
const LIGHT: [(&str, &str); COLORS] = [
    ("#dbe7f6", "#f5f8fc"),
    ("#dcefe0", "#f4faf5"),
    ("#f6e6d3", "#fdf8f2"),
    ("#ece0f4", "#faf6fc"),
    ("#f7dfe1", "#fdf5f6"),
    ("#d9eef0", "#f3fafb"),
];
const DARK: [(&str, &str); COLORS] = [
    ("#1d3350", "#10161f"),
    ("#1c3b28", "#101a14"),
    ("#45331c", "#1b1610"),
    ("#38274a", "#18121e"),
    ("#4a242a", "#1e1113"),
    ("#163c42", "#0e191b"),
];

/// The colour of the group at `index`.
pub(super) fn color(index: usize) -> usize {
    index % COLORS
}

/// The style sheet for `groups` schemas.
pub(super) fn sheet(groups: usize) -> String {
    let shapes = "\
        text{font-family:ui-monospace,'SF Mono',Menlo,Consolas,'DejaVu Sans Mono','Liberation Mono',monospace;\
        font-size:12px;white-space:pre}\
        .name{font-size:13px;font-weight:600}.key{font-size:10px;font-weight:600}.type,.more{font-size:11px}\
        .schema{font-size:18px;font-weight:600}.more{font-style:italic}\
        .box,.frame{stroke-width:1}.foreign{stroke-dasharray:5 3}\
        .line path{fill:none;stroke-width:1.3;stroke-linejoin:round}.line circle,.ends circle{stroke-width:1.3}\
        .ends path{fill:none;stroke-width:1.3}.line:hover path{stroke-width:3}";
    let light = Palette {
        page: "#ffffff",
        ink: "#1b2330",
        dim: "#5d6878",
        key: "#8a5a00",
        stroke: "#9aa7b8",
        line: "#5f6f86",
        tones: &LIGHT,
    };
    let dark = Palette {
        page: "#0d1117",
        ink: "#e4eaf2",
        dim: "#98a4b5",
        key: "#e3b45c",
        stroke: "#4a5769",
        line: "#8594aa",
        tones: &DARK,
    };
    format!("{shapes}{}@media (prefers-color-scheme:dark){{{}}}", light.rules(groups), dark.rules(groups))
}

struct Palette {
    page: &'static str,
    ink: &'static str,
    dim: &'static str,
    key: &'static str,
    stroke: &'static str,
    line: &'static str,
    tones: &'static [(&'static str, &'static str); COLORS],
}

impl Palette {
    fn rules(&self, groups: usize) -> String {
        let Self { page, ink, dim, key, stroke, line, tones } = self;
        let mut rules = format!(
            ".page{{fill:{page}}}text{{fill:{ink}}}.type,.more{{fill:{dim}}}.key{{fill:{key}}}\
             .box{{fill:{page};stroke:{stroke}}}.frame{{stroke:{stroke}}}.rule{{stroke:{stroke}}}\
             .line path,.ends path{{stroke:{line}}}.line circle,.ends circle{{fill:{page};stroke:{line}}}"
        );
        for (at, (head, frame)) in tones.iter().enumerate().take(groups.max(1)) {
            rules += &format!(".h{at}{{fill:{head};stroke:{stroke}}}.f{at}{{fill:{frame}}}");
        }
        rules
    }
}
