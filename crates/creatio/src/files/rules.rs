use super::check::extension;

/// Which files a Creatio takes, as far as one can tell before asking.
///
/// Source: the system settings `MaxFileSize` (10 MB by default) and `FileSecurityMode` with its lists
/// of extensions. They hold for integrations too, and a refusal is for good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileRules {
    pub(super) max_bytes: Option<u64>,
    allowed: Option<Vec<String>>,
    denied: Vec<String>,
}

impl FileRules {
    /// The system setting `MaxFileSize` is asked for, and every extension is let through.
    pub fn new() -> Self {
        Self { max_bytes: None, allowed: None, denied: Vec::new() }
    }

    /// The most bytes of a file; the system setting is not asked for.
    #[must_use]
    pub fn with_max_bytes(self, max_bytes: u64) -> Self {
        Self { max_bytes: Some(max_bytes), ..self }
    }

    /// Only these extensions, as the mode "File extensions AllowList" has it.
    #[must_use]
    pub fn with_allowed<T: AsRef<str>>(self, extensions: impl IntoIterator<Item = T>) -> Self {
        Self { allowed: Some(list(extensions)), ..self }
    }

    /// None of these extensions, as the mode "File extensions DenyList" has it.
    #[must_use]
    pub fn with_denied<T: AsRef<str>>(self, extensions: impl IntoIterator<Item = T>) -> Self {
        Self { denied: list(extensions), ..self }
    }

    /// Whether a file of this name is let through.
    pub(super) fn lets_through(&self, name: &str) -> bool {
        let extension = extension(name).to_lowercase();
        let allowed = self.allowed.as_ref().is_none_or(|allowed| allowed.contains(&extension));
        allowed && !self.denied.contains(&extension)
    }
}

impl Default for FileRules {
    fn default() -> Self {
        Self::new()
    }
}

fn list<T: AsRef<str>>(extensions: impl IntoIterator<Item = T>) -> Vec<String> {
    let plain = |text: T| text.as_ref().trim().trim_start_matches('.').to_lowercase();
    extensions.into_iter().map(plain).filter(|text| !text.is_empty()).collect()
}
