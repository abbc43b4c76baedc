//! The stream key of a destination: typed, or stored and never shown.

use egui::{Button, RichText, Ui, vec2};
use show::SecretName;

use crate::action::Action;
use crate::look::{KeyPlace, Look};
use crate::theme;
use crate::widgets::form::Form;
use crate::widgets::section::explain;

/// A stream key that is being edited.
#[derive(Default)]
pub struct KeyDraft {
    /// What was typed and is not stored yet.
    typed: String,
    /// The stored one is to be replaced, or was asked to be forgotten.
    intent: Option<KeyIntent>,
}

/// What is to become of a stored key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum KeyIntent {
    Replace,
    Forget,
}

impl KeyDraft {
    /// Whether a key was typed.
    pub fn is_typed(&self) -> bool {
        !self.typed.trim().is_empty()
    }

    /// The key that was typed, to be stored.
    pub fn take_typed(&mut self) -> Option<String> {
        let typed = self.is_typed().then(|| self.typed.trim().to_owned());
        *self = Self::default();
        typed
    }

    /// Draws its row: a line to type into, or where the key is stored and what can be done with it.
    pub fn row(
        &mut self,
        ui: &mut Ui,
        form: &Form<'_>,
        name: &SecretName,
        look: &Look,
        actions: &mut Vec<Action>,
    ) {
        let words = form.words;
        let place = look.keys.get(name);
        let (Some(place), None | Some(KeyIntent::Forget)) = (place, self.intent) else {
            form.hidden(ui, "stream-key", "key", &mut self.typed);
            explain(ui, &words.get("stream-key-why"));
            return;
        };
        let is_asked = self.intent == Some(KeyIntent::Forget);
        form.row(ui, "stream-key", "key", |ui| {
            let button = |ui: &mut Ui, key: &str| {
                let size = vec2(0.0, theme::TARGET);
                let response = ui.add(Button::new(words.get(key)).min_size(size));
                response.on_hover_text(words.get(&format!("{key}-tip"))).clicked()
            };
            let row = ui.horizontal(|ui| {
                let (said, colour) = match is_asked {
                    true => (words.get("key-forget-ask"), theme::ATTENTION),
                    false => (format!("••••••••  {}", stored(form, place)), theme::TEXT),
                };
                let label = ui.label(RichText::new(said).color(colour));
                if let KeyPlace::File(file) = place {
                    label.on_hover_text(file.display().to_string());
                }
                if is_asked {
                    if button(ui, "key-forget-now") {
                        actions.push(Action::ForgetKey(name.clone()));
                        self.intent = None;
                    }
                    if button(ui, "key-keep") {
                        self.intent = None;
                    }
                    return;
                }
                if button(ui, "key-replace") {
                    self.intent = Some(KeyIntent::Replace);
                }
                if button(ui, "key-forget") {
                    self.intent = Some(KeyIntent::Forget);
                }
            });
            row.response
        });
        explain(ui, &words.get("stream-key-stored-why"));
    }
}

fn stored(form: &Form<'_>, place: &KeyPlace) -> String {
    match place {
        KeyPlace::Keyring => form.words.get("key-in-keyring"),
        KeyPlace::File(_) => form.words.get("key-in-file"),
        KeyPlace::Memory => form.words.get("key-in-memory"),
    }
}
