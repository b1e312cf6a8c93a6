//! Tests of `disk`.

use std::os::unix::fs::PermissionsExt;

use mainstay::ErrorKind;
use mainstay::conn::Files;
use mainstay::disk::{Disk, Project, commit_new, read_folder, write_new};

#[test]
fn a_file_has_its_text_and_mode() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("f");
    assert!(Disk.read(&path).expect("no error").is_none());
    std::fs::write(&path, "text").expect("written");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).expect("permissions");
    let read = Disk.read(&path).expect("no error").expect("there");
    assert_eq!((read.text.as_str(), read.mode), ("text", 0o640));
    assert!(Disk.read(&path.join("below")).expect("no error").is_none());
}

#[test]
fn what_is_no_text_is_an_error() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("f");
    std::fs::write(&path, b"ab\xff").expect("written");
    let error = Disk.read(&path).expect_err("not UTF-8").to_string();
    assert!(error.contains("not UTF-8 (byte 2)"), "{error}");
    let error = Disk.read(folder.path()).expect_err("a folder").to_string();
    assert!(error.contains("folder"), "{error}");
}

#[test]
fn a_folder_is_read_sorted_and_by_name() {
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["b.sql", "a.sql", "c.txt"] {
        std::fs::write(folder.path().join(name), name).expect("written");
    }
    let files = read_folder(folder.path(), |name| name.ends_with(".sql")).expect("read");
    let names: Vec<&str> = files.iter().map(|file| file.name.as_str()).collect();
    assert_eq!(names, ["a.sql", "b.sql"]);
    assert_eq!(&*files[0].bytes, b"a.sql");
    std::fs::create_dir(folder.path().join("d.sql")).expect("made");
    let error = read_folder(folder.path(), |name| name.ends_with(".sql")).expect_err("a folder among the files");
    assert_eq!(error.kind(), ErrorKind::Source);
    assert!(error.message().contains("d.sql"), "{error:?}");
}

#[test]
fn a_missing_folder_says_how_to_make_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let error = read_folder(&folder.path().join("migrations"), |_| true).expect_err("missing");
    assert_eq!(error.kind(), ErrorKind::Source);
    assert!(error.hints()[0].contains("mkdir -p"), "{error:?}");
    std::fs::write(folder.path().join("f"), "").expect("written");
    let error = read_folder(&folder.path().join("f"), |_| true).expect_err("a file");
    assert!(error.message().contains("not a folder"), "{error:?}");
}

#[test]
fn a_new_file_never_replaces_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("f");
    write_new(&path, "one").expect("written");
    let error = write_new(&path, "two").expect_err("there already");
    assert!(error.message().contains("exists already"), "{error:?}");
    assert_eq!(std::fs::read_to_string(&path).expect("read"), "one");
    assert_eq!(std::fs::read_dir(folder.path()).expect("read").count(), 1, "nothing else is left behind");
    let error = write_new(&folder.path().join("none/f"), "x").expect_err("no folder");
    assert!(error.message().contains("none/f"), "{error:?}");
}

#[test]
fn committing_names_the_file_and_failing_keeps_the_part() {
    let folder = tempfile::tempdir().expect("a folder");
    let (part, path) = (folder.path().join("f.part"), folder.path().join("f"));
    std::fs::write(&part, "x").expect("written");
    let named = |path: &std::path::Path| std::iter::once(path.to_owned());
    commit_new(&part, named(&folder.path().join("none/f"))).expect_err("no such folder");
    assert!(part.exists());
    assert_eq!(commit_new(&part, named(&path)).expect("named"), path);
    assert!(!part.exists() && path.exists());
    std::fs::write(&part, "y").expect("written");
    commit_new(&part, named(&path)).expect_err("nothing is written over");
    let other = folder.path().join("f-2");
    assert_eq!(commit_new(&part, [path.clone(), other.clone()].into_iter()).expect("named"), other);
    let read = |path| std::fs::read_to_string(path).expect("read");
    assert_eq!((read(path), read(other)), ("x".to_owned(), "y".to_owned()));
}

#[test]
fn the_project_is_the_nearest_folder_above() {
    let folder = tempfile::tempdir().expect("a folder");
    let inner = folder.path().join("a/b");
    std::fs::create_dir_all(&inner).expect("made");
    assert_eq!(Project::find(&inner).file, None);
    std::fs::write(folder.path().join("mainstay.toml"), "").expect("written");
    assert_eq!(Project::find(&inner).root, folder.path());
}
