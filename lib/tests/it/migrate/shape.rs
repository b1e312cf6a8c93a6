//! How each dialect's files look, and what it can do: the checks ask here instead of knowing dialects.

/// A dialect's files and abilities.
#[derive(Clone, Copy)]
pub struct Shape {
    /// Its name in `[migrations] dialect`.
    pub dialect: &'static str,
    /// The name of the file that goes up, or of the only one.
    pub up: fn(u32, &str) -> String,
    /// Where the way back is.
    pub back: Back,
    /// Whether the scripts set the version themselves.
    pub scripts_bump: bool,
}

/// Where the way back is.
#[derive(Clone, Copy)]
pub enum Back {
    /// In a file of its own.
    File(fn(u32, &str) -> String),
    /// There is none.
    Nowhere,
    /// In the same file, each way under a line of its own.
    Block(&'static str, &'static str),
}

pub const SHAPES: [Shape; 9] = [
    Shape {
        dialect: "mainstay",
        up: |number, name| format!("{number}_{name}.up.sql"),
        back: Back::File(|number, name| format!("{number}_{name}.down.sql")),
        scripts_bump: false,
    },
    Shape {
        dialect: "capsul",
        up: |number, name| format!("{number:02}_up_{name}.sql"),
        back: Back::File(|number, name| format!("{number:02}_down_{name}.sql")),
        scripts_bump: true,
    },
    Shape {
        dialect: "sqlx",
        up: |number, name| format!("{number}_{name}.up.sql"),
        back: Back::File(|number, name| format!("{number}_{name}.down.sql")),
        scripts_bump: false,
    },
    Shape {
        dialect: "dbmate",
        up: |number, name| format!("{number}_{name}.sql"),
        back: Back::Block("-- migrate:up", "-- migrate:down"),
        scripts_bump: false,
    },
    Shape {
        dialect: "golang-migrate",
        up: |number, name| format!("{number}_{name}.up.sql"),
        back: Back::File(|number, name| format!("{number}_{name}.down.sql")),
        scripts_bump: false,
    },
    Shape {
        dialect: "goose",
        up: |number, name| format!("{number}_{name}.sql"),
        back: Back::Block("-- +goose Up", "-- +goose Down"),
        scripts_bump: false,
    },
    Shape {
        dialect: "refinery",
        up: |number, name| format!("V{number}__{name}.sql"),
        back: Back::Nowhere,
        scripts_bump: false,
    },
    Shape {
        dialect: "diesel",
        up: |number, name| format!("{number}_{name}/up.sql"),
        back: Back::File(|number, name| format!("{number}_{name}/down.sql")),
        scripts_bump: false,
    },
    Shape {
        dialect: "flyway",
        up: |number, name| format!("V{number}__{name}.sql"),
        back: Back::Nowhere,
        scripts_bump: false,
    },
];

impl Shape {
    /// The shape of that dialect; of `auto`, Mainstay's own.
    pub fn of(dialect: &str) -> Self {
        *SHAPES.iter().find(|shape| shape.dialect == dialect).unwrap_or(&SHAPES[0])
    }

    /// The files of migration `number`, with their texts.
    pub fn files(&self, number: u32, name: &str, up: &str, down: &str) -> Vec<(String, String)> {
        let (mut up, mut down) = (up.to_owned(), down.to_owned());
        if self.scripts_bump {
            let first =
                "CREATE TABLE schemaversion (version INT PRIMARY KEY NOT NULL); INSERT INTO schemaversion VALUES (1);";
            let bump = |to: u32| format!("UPDATE schemaversion SET version = {to};");
            up = format!("{up}\n{}\n", if number == 1 { first.to_owned() } else { bump(number) });
            down = format!(
                "{down}\n{}\n",
                if number == 1 { "DROP TABLE schemaversion;".into() } else { bump(number - 1) }
            );
        }
        let file = (self.up)(number, name);
        match self.back {
            Back::Nowhere => vec![(file, up)],
            Back::File(back) => vec![(file, up), (back(number, name), down)],
            Back::Block(above, below) => vec![(file, format!("{above}\n{up}\n\n{below}\n{down}\n"))],
        }
    }

    /// How many lines stand above the way up in its file.
    pub fn lines_above(&self) -> usize {
        match self.back {
            Back::Block(above, _) => above.lines().count(),
            Back::File(_) | Back::Nowhere => 0,
        }
    }

    /// Whether there is a way back at all.
    pub fn goes_back(&self) -> bool {
        !matches!(self.back, Back::Nowhere)
    }
}
