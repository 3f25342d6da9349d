use std::collections::VecDeque;
use std::fs;
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use bytes::Bytes;
use handover_core::blobs::Blobs;
use handover_core::error::ErrorKind;
use handover_core::id::TenantId;
use handover_core::transport::{Body, Chunks, TransportError};

use super::Folder;

struct Parts(VecDeque<Result<&'static [u8], TransportError>>);

#[async_trait]
impl Chunks for Parts {
    async fn next(&mut self) -> Option<Result<Bytes, TransportError>> {
        self.0.pop_front().map(|part| part.map(Bytes::from_static))
    }
}

fn body(parts: Vec<Result<&'static [u8], TransportError>>) -> Body {
    Body::new(Box::new(Parts(parts.into())))
}

fn tenant(name: &str) -> TenantId {
    TenantId::new(name).unwrap()
}

fn files(root: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(root).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}

#[tokio::test]
async fn keeps_streams_and_gives_ranges() {
    let root = tempfile::tempdir().unwrap();
    let folder = Folder::open(root.path()).unwrap();
    let acme = tenant("acme");
    let stored = folder.put(&acme, "a", body(vec![Ok(b"hello "), Ok(b"world")]), 11).await;
    assert_eq!(stored.unwrap(), 11);
    let again = Folder::open(root.path()).unwrap();
    for (range, wanted) in [
        (None, "hello world"),
        (Some(0..5), "hello"),
        (Some(6..99), "world"),
        (Some(11..12), ""),
        (Some(99..100), ""),
        (Some(3..3), ""),
    ] {
        let found = again.get(&acme, "a", range.clone()).await.unwrap().unwrap();
        assert_eq!(found, wanted, "{range:?}");
    }
    folder.put(&acme, "a", Bytes::from_static(b"new").into(), 3).await.unwrap();
    assert_eq!(folder.get(&acme, "a", None).await.unwrap().unwrap(), "new");
    folder.delete(&acme, "a").await.unwrap();
    folder.delete(&acme, "a").await.unwrap();
    assert_eq!(folder.get(&acme, "a", None).await.unwrap(), None);
    assert_eq!(files(root.path()), Vec::<PathBuf>::new());
}

#[tokio::test]
async fn what_fails_leaves_what_was_there() {
    let root = tempfile::tempdir().unwrap();
    let folder = Folder::open(root.path()).unwrap();
    let acme = tenant("acme");
    folder.put(&acme, "a", Bytes::from_static(b"old").into(), 3).await.unwrap();

    let long = folder.put(&acme, "a", body(vec![Ok(b"12"), Ok(b"34")]), 3).await.unwrap_err();
    assert_eq!(long.kind(), ErrorKind::TooLong);
    let capped = body(vec![Ok(b"1"), Err(TransportError::TooLarge)]);
    let capped = folder.put(&acme, "a", capped, 3).await.unwrap_err();
    assert_eq!(capped.kind(), ErrorKind::TooLong);
    let broken = body(vec![Ok(b"1"), Err(TransportError::Reset)]);
    let broken = folder.put(&acme, "a", broken, 3).await.unwrap_err();
    assert_eq!(broken.kind(), ErrorKind::Network);

    assert_eq!(folder.get(&acme, "a", None).await.unwrap().unwrap(), "old");
    drop(folder);
    assert_eq!(files(root.path()).len(), 1);
}

#[tokio::test]
async fn no_name_leads_outside() {
    let above = tempfile::tempdir().unwrap();
    let root = above.path().join("files");
    let folder = Folder::open(&root).unwrap();
    let names =
        ["..", "../../x", "/etc/passwd", "a/b", "a\\b", "", "nul\0", "ü", &"n".repeat(9000)];
    for tenant in [tenant(".."), tenant("."), tenant("drafts")] {
        for name in names {
            let bytes = Bytes::from(format!("{tenant} {name}"));
            folder.put(&tenant, name, bytes.into(), 10_000).await.unwrap();
        }
    }
    for tenant in [tenant(".."), tenant("."), tenant("drafts")] {
        for name in names {
            let found = folder.get(&tenant, name, None).await.unwrap().unwrap();
            assert_eq!(found, format!("{tenant} {name}"));
        }
    }
    assert_eq!(files(above.path()).len(), 3 * names.len());
    assert_eq!(files(&root).len(), 3 * names.len());
    assert_eq!(fs::read_dir(above.path()).unwrap().count(), 1);
}

#[tokio::test]
async fn tenants_never_meet() {
    let root = tempfile::tempdir().unwrap();
    let folder = Folder::open(root.path()).unwrap();
    folder.put(&tenant("acme"), "a", Bytes::from_static(b"1").into(), 9).await.unwrap();
    for other in [tenant("Acme"), tenant("acme-"), tenant("other")] {
        assert_eq!(folder.get(&other, "a", None).await.unwrap(), None);
        folder.delete(&other, "a").await.unwrap();
    }
    assert!(folder.get(&tenant("acme"), "a", None).await.unwrap().is_some());
}

#[tokio::test]
async fn dropped_put_leaves_what_was_there() {
    struct Never;

    #[async_trait]
    impl Chunks for Never {
        async fn next(&mut self) -> Option<Result<Bytes, TransportError>> {
            std::future::pending().await
        }
    }

    let root = tempfile::tempdir().unwrap();
    let folder = Folder::open(root.path()).unwrap();
    let acme = tenant("acme");
    folder.put(&acme, "a", Bytes::from_static(b"old").into(), 9).await.unwrap();
    let put = folder.put(&acme, "a", Body::new(Box::new(Never)), 9);
    let wait = std::time::Duration::from_millis(50);
    assert!(tokio::time::timeout(wait, put).await.is_err());
    assert_eq!(folder.get(&acme, "a", None).await.unwrap().unwrap(), "old");
    drop(folder);
    assert_eq!(files(root.path()).len(), 1);
}

#[test]
fn impossible_folder_is_a_configuration_error() {
    let root = tempfile::tempdir().unwrap();
    let file = root.path().join("file");
    fs::write(&file, "").unwrap();
    assert_eq!(Folder::open(file.join("below")).unwrap_err().kind(), ErrorKind::Config);
}
