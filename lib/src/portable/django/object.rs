//! One object of a fixture.

use std::borrow::Cow;

use super::json::{self, Json};
use crate::portable::json::{Damage, Line};

/// An object as it stands in the fixture.
#[derive(Clone, Debug, PartialEq)]
pub struct Object<'a> {
    /// `app.model`, as it is written.
    pub model: Cow<'a, str>,
    /// Its key; missing, or `null`, where the database gives it one.
    pub pk: Json<'a>,
    /// Its other fields.
    pub fields: Vec<(Cow<'a, str>, Json<'a>)>,
}

impl<'a> Object<'a> {
    /// Reads the object that `text` is.
    ///
    /// # Errors
    /// It is no JSON, or no object of a fixture.
    pub fn read(text: &'a [u8]) -> Result<Self, Damage> {
        let mut line = Line::over(text);
        let (mut model, mut pk, mut fields) = (None, None, None);
        line.expect(b'{', "an object begins with {")?;
        let mut first = true;
        loop {
            line.space();
            if line.peek() == Some(b'}') {
                line.go(line.at() + 1);
                break;
            }
            if !first {
                line.expect(b',', "an object has commas between its parts")?;
                line.space();
            }
            first = false;
            let begins = line.at();
            if line.peek() != Some(b'"') {
                return Err(line.damage("a name in quotes is wanted here"));
            }
            let key = line.string()?;
            line.expect(b':', "a name is followed by :")?;
            line.space();
            let at = line.at();
            let twice = match key.as_ref() {
                "fields" => fields.replace(json::parts(&mut line)?).is_some(),
                "pk" => pk.replace(json::value(&mut line)?).is_some(),
                "model" => match json::value(&mut line)? {
                    Json::Text(name) => model.replace(name).is_some(),
                    _ => return Err(Damage { at, reason: "a model's name is a text".to_owned() }),
                },
                other => return Err(Damage { at: begins, reason: format!("an object has no part `{other}`") }),
            };
            if twice {
                return Err(Damage { at: begins, reason: format!("`{key}` is there twice") });
            }
        }
        line.space();
        if line.peek().is_some() {
            return Err(line.damage("something follows the object"));
        }
        let lacks = |what: &str| Damage { at: 0, reason: format!("the object has no `{what}`") };
        let fields: Vec<(Cow<'a, str>, Json<'a>)> = fields.ok_or_else(|| lacks("fields"))?;
        for (at, (name, _)) in fields.iter().enumerate() {
            if fields[..at].iter().any(|(other, _)| other == name) {
                return Err(Damage { at: 0, reason: format!("the field `{name}` is there twice") });
            }
        }
        Ok(Self { model: model.ok_or_else(|| lacks("model"))?, pk: pk.unwrap_or(Json::Null), fields })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> String {
        Object::read(text.as_bytes()).expect_err("no object").reason
    }

    #[test]
    fn parts_come_in_any_order() {
        let object = Object::read(br#"{"pk": 4, "fields": {"a": null}, "model": "x.y"}"#).expect("an object");
        assert_eq!((object.model.as_ref(), object.pk, object.fields.len()), ("x.y", Json::Number("4"), 1));
        let object = Object::read(br#"{"model":"x.y","fields":{}}"#).expect("an object");
        assert_eq!((object.pk, object.fields.len()), (Json::Null, 0));
    }

    #[test]
    fn what_is_no_object_is_told() {
        assert_eq!(refused(r#"{"model": "x.y"}"#), "the object has no `fields`");
        assert_eq!(refused(r#"{"fields": {}}"#), "the object has no `model`");
        assert_eq!(refused(r#"{"model": 1, "fields": {}}"#), "a model's name is a text");
        assert_eq!(refused(r#"{"model": "x.y", "model": "x.y", "fields": {}}"#), "`model` is there twice");
        assert_eq!(refused(r#"{"model": "x.y", "fields": {"a": 1, "a": 2}}"#), "the field `a` is there twice");
        assert_eq!(refused(r#"{"modle": "x.y", "fields": {}}"#), "an object has no part `modle`");
        assert_eq!(refused(r#"{"model": "x.y" "fields": {}}"#), "an object has commas between its parts");
    }
}
