use std::path::PathBuf;

use cargo_metadata::{MetadataCommand, Package};

/// Where things are, and which packages are published.
#[derive(Debug)]
pub(crate) struct Workspace {
    pub(crate) root: PathBuf,
    pub(crate) target: PathBuf,
    pub(crate) published: Vec<Published>,
    pub(crate) private: Vec<String>,
}

/// A package that strangers can depend on.
#[derive(Debug)]
pub(crate) struct Published {
    pub(crate) name: String,
    pub(crate) version: String,
}

impl Workspace {
    pub(crate) fn find() -> Result<Self, cargo_metadata::Error> {
        let metadata = MetadataCommand::new().no_deps().exec()?;
        let (private, published): (Vec<_>, Vec<_>) =
            metadata.packages.iter().partition(|package| is_private(package));
        Ok(Self {
            root: metadata.workspace_root.clone().into(),
            target: metadata.target_directory.clone().into(),
            published: published
                .into_iter()
                .map(|package| Published {
                    name: package.name.to_string(),
                    version: package.version.to_string(),
                })
                .collect(),
            private: private.into_iter().map(|package| package.name.to_string()).collect(),
        })
    }
}

/// `publish = false` reads as an empty list of registries.
fn is_private(package: &Package) -> bool {
    package.publish.as_ref().is_some_and(Vec::is_empty)
}
