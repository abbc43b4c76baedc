//! The languages the desk speaks.

/// A language the desk speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// English.
    #[default]
    English,
    /// 简体中文.
    Chinese,
}

impl Language {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::English, Self::Chinese];

    /// Its own name for itself.
    pub const fn name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::Chinese => "简体中文",
        }
    }

    /// Its tag (BCP 47).
    pub const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Chinese => "zh-CN",
        }
    }

    /// Its words, as Fluent has them.
    pub const fn source(self) -> &'static str {
        match self {
            Self::English => include_str!("../../../assets/words/en.ftl"),
            Self::Chinese => include_str!("../../../assets/words/zh-CN.ftl"),
        }
    }
}
