use std::path::{Path, PathBuf};

use handover_core::error::ErrorKind;

use super::{Location, folder};

#[test]
fn reads_every_form() {
    let file = |path: &str| Location::Sqlite(path.into());
    for (url, location) in [
        ("sqlite:handover.db", file("handover.db")),
        ("sqlite:./data/handover.db", file("./data/handover.db")),
        ("sqlite:/var/lib/handover.db", file("/var/lib/handover.db")),
        ("sqlite://handover.db", file("handover.db")),
        ("sqlite:///var/lib/handover.db", file("/var/lib/handover.db")),
        ("sqlite::memory:", Location::Memory),
    ] {
        assert_eq!(Location::parse(url).unwrap(), location, "{url}");
    }
    assert_eq!(folder("file:blobs").unwrap(), Path::new("blobs"));
    assert_eq!(folder("file:///srv/blobs").unwrap(), PathBuf::from("/srv/blobs"));
}

#[test]
fn refuses_the_rest() {
    for url in ["", "sqlite", "sqlite:", "sqlite://", "postgres:h/d", "sqlite:a?mode=ro", "a.db"] {
        assert_eq!(Location::parse(url).unwrap_err().kind(), ErrorKind::Config, "{url}");
    }
    for url in ["", "file:", "s3://bucket", "blobs"] {
        assert_eq!(folder(url).unwrap_err().kind(), ErrorKind::Config, "{url}");
    }
}
