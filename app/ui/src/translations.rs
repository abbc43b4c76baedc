//! The desk's words in the operator's language, from Fluent files.

use engine::Rejection;
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use show::{EditError, Fault, ItemId, Place, Show};
use unic_langid::langid;

use crate::item_name::name_of;
use crate::language::Language;
use crate::look::Notice;
use crate::reason::Reason;

/// The words of one language.
pub struct Translations {
    language: Language,
    bundle: FluentBundle<FluentResource>,
}

impl Translations {
    /// Reads a language's words.
    pub fn new(language: Language) -> Self {
        let id = match language {
            Language::English => langid!("en"),
            Language::Chinese => langid!("zh-CN"),
        };
        let mut bundle = FluentBundle::new_concurrent(vec![id]);
        // Overlays of direction around each value would be seen as boxes, and nothing here is Arabic.
        bundle.set_use_isolating(false);
        // What of a file cannot be read is left out; a test reads both files whole.
        let resource = FluentResource::try_new(language.source().to_owned());
        let resource = resource.unwrap_or_else(|(resource, _)| resource);
        bundle.add_resource_overriding(resource);
        Self { language, bundle }
    }

    /// No words: a stand-in while the desk's own are lent to a frame.
    pub fn none() -> Self {
        Self { language: Language::English, bundle: FluentBundle::new_concurrent(Vec::new()) }
    }

    /// Their language.
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

    /// The words for a key with two values in them, each with its name.
    pub fn with_two(&self, key: &str, one: (&str, &str), two: (&str, &str)) -> String {
        self.say(key, &[one, two].into_iter().collect())
    }

    /// A fault of a show.
    pub fn fault(&self, fault: &Fault) -> String {
        let is_source = matches!(fault.place, Place::Item(ItemId::Source(_), _));
        let key = match fault.code {
            "bad_url" if is_source => "fault-bad-source-url".to_owned(),
            code => format!("fault-{}", code.replace('_', "-")),
        };
        let mut values = FluentArgs::new();
        let (low, high) = fault.range.clone().unwrap_or_default();
        values.set("low", low);
        values.set("high", high);
        self.say(&key, &values)
    }

    /// Why the engine rejected a command.
    pub fn rejection(&self, rejection: &Rejection, show: &Show) -> String {
        let key = format!("rejected-{}", rejection.code().replace('_', "-"));
        let mut values = FluentArgs::new();
        let name = |id: ItemId| name_of(show, id).map_or_else(|| id.to_string(), str::to_owned);
        let (item, users) = match rejection {
            Rejection::Edit(EditError::Faults(faults)) => {
                return faults.first().map_or_else(String::new, |fault| self.fault(fault));
            }
            Rejection::NotFound(id) | Rejection::Edit(EditError::NotFound(id)) => {
                (Some(*id), &[][..])
            }
            Rejection::Edit(EditError::IdTaken(id)) => (Some(*id), &[][..]),
            Rejection::Edit(EditError::InUse { item, users }) => (Some(*item), users.as_slice()),
            Rejection::NotReady(id) | Rejection::NotLost(id) => (Some((*id).into()), &[][..]),
            Rejection::RunsAlready(id) | Rejection::NotRunning(id) | Rejection::OnAir(id) => {
                (Some((*id).into()), &[][..])
            }
            Rejection::NoFilm(id) | Rejection::NotOpen(id) | Rejection::WaitsForTake(id) => {
                (Some((*id).into()), &[][..])
            }
            Rejection::KeyedAlready(id) | Rejection::NotKeyed(id) => (Some((*id).into()), &[][..]),
            _ => (None, &[][..]),
        };
        values.set("name", item.map(name).unwrap_or_default());
        let users: Vec<String> = users.iter().map(|id| name(*id)).collect();
        values.set("users", users.join(", "));
        self.say(&key, &values)
    }

    /// A notice.
    pub fn notice(&self, notice: &Notice, show: &Show) -> String {
        match notice {
            Notice::Rejected(rejection) => self.rejection(rejection, show),
            Notice::Error(key, detail)
            | Notice::Done(key, detail)
            | Notice::LogOnly(key, detail) => self.with(key, "detail", detail.as_str()),
            Notice::Failed(reason) | Notice::Recorded(reason, _) => self.reason(reason),
            Notice::InvalidShow(path, faults) => self.faults("show-faulty", path, faults),
            Notice::UnsavedShow(path, faults) => self.faults("show-unsaved-faulty", path, faults),
        }
    }

    /// The first of the faults of a show in a file, and how many there are.
    fn faults(&self, key: &str, path: &str, faults: &[Fault]) -> String {
        let first = faults.first();
        let mut values = FluentArgs::new();
        values.set("path", path);
        values.set("place", first.map(|fault| self.place(fault.place)).unwrap_or_default());
        values.set("fault", first.map(|fault| self.fault(fault)).unwrap_or_default());
        values.set("count", faults.len().to_string());
        self.say(key, &values)
    }

    /// A place in a show. The number of an item is the one in the file.
    fn place(&self, place: Place) -> String {
        let (of, field) = match place {
            Place::Show(field) => (self.get("place-show"), field),
            Place::Item(id, field) => (self.item(id), field),
            Place::Strip(id, field) => {
                (self.with("place-strip", "number", id.0.to_string()), field)
            }
            Place::Pane(layout, index, field) => {
                let layout = self.item(layout.into());
                let number = (index + 1).to_string();
                (self.with_two("place-pane", ("layout", &layout), ("number", &number)), field)
            }
        };
        let field = self.get(&format!("field-{}", field.replace(' ', "-")));
        self.with_two("place-field", ("of", &of), ("field", &field))
    }

    fn item(&self, id: ItemId) -> String {
        let (key, number) = match id {
            ItemId::Asset(id) => ("place-asset", id.0),
            ItemId::Source(id) => ("place-source", id.0),
            ItemId::Layout(id) => ("place-layout", id.0),
            ItemId::Component(id) => ("place-component", id.0),
            ItemId::Scene(id) => ("place-scene", id.0),
            ItemId::Output(id) => ("place-output", id.0),
        };
        self.with(key, "number", number.to_string())
    }

    /// Why something does not work.
    pub fn reason(&self, Reason { key, values }: &Reason) -> String {
        let values = values.iter().map(|(name, value)| (*name, value.as_str()));
        self.say(key, &values.collect())
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
