//! What the desk says, in the operator's language.

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use unic_langid::langid;

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

    /// Its words, as Fluent has them.
    pub const fn source(self) -> &'static str {
        match self {
            Self::English => include_str!("../../../assets/words/en.ftl"),
            Self::Chinese => include_str!("../../../assets/words/zh-CN.ftl"),
        }
    }
}

/// The words of a language.
pub struct Words {
    language: Language,
    bundle: FluentBundle<FluentResource>,
}

impl Words {
    /// Reads a language's words.
    pub fn new(language: Language) -> Self {
        let id = match language {
            Language::English => langid!("en"),
            Language::Chinese => langid!("zh-CN"),
        };
        let mut bundle = FluentBundle::new_concurrent(vec![id]);
        // Marks of direction around each value would be seen as boxes, and nothing here is Arabic.
        bundle.set_use_isolating(false);
        // What of a file cannot be read is left out; a test reads both files whole.
        let resource = FluentResource::try_new(language.source().to_owned());
        let resource = resource.unwrap_or_else(|(resource, _)| resource);
        bundle.add_resource_overriding(resource);
        Self { language, bundle }
    }

    /// Which language they are of.
    pub fn language(&self) -> Language {
        self.language
    }

    /// The words for a key.
    pub fn get(&self, key: &str) -> String {
        self.say(key, &FluentArgs::new())
    }

    /// The words for a key with a value in them.
    pub fn with<'a>(&self, key: &str, name: &'a str, value: impl Into<FluentValue<'a>>) -> String {
        let mut values = FluentArgs::new();
        values.set(name, value);
        self.say(key, &values)
    }

    fn say(&self, key: &str, values: &FluentArgs<'_>) -> String {
        let message = self.bundle.get_message(key);
        let Some(pattern) = message.and_then(|message| message.value()) else {
            // A key is better than nothing, and a test sees it.
            return key.to_owned();
        };
        let mut errors = Vec::new();
        self.bundle.format_pattern(pattern, Some(values), &mut errors).into_owned()
    }
}
