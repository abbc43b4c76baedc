//! The stream key of a destination, and the user and password for a server that asks for them: typed, or stored and
//! never shown.

use egui::{Button, RichText, Ui, vec2};
use show::{KeyChange, Login, LoginChange, SecretName, StreamKey};

use crate::action::Action;
use crate::look::{KeyLook, KeyPlace, Look};
use crate::theme;
use crate::widgets::form::Form;
use crate::widgets::section::explain;

/// A stream key that is being edited.
#[derive(Default)]
pub struct KeyDraft {
    /// What was typed and is not stored yet.
    key: String,
    login: Login,
    /// What is to become of the stored ones.
    key_intent: Option<KeyIntent>,
    login_intent: Option<KeyIntent>,
}

/// What is to become of something that is stored: it was asked to be replaced, or to be forgotten.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum KeyIntent {
    Replace,
    Forget,
}

/// The words of a row for something that is stored.
struct StoredWords {
    row: &'static str,
    replace: &'static str,
    forget: &'static str,
    ask: &'static str,
    now: &'static str,
    keep: &'static str,
}

const KEY: StoredWords = StoredWords {
    row: "stream-key",
    replace: "key-replace",
    forget: "key-forget",
    ask: "key-forget-ask",
    now: "key-forget-now",
    keep: "key-keep",
};

const LOGIN: StoredWords = StoredWords {
    row: "login-user",
    replace: "login-replace",
    forget: "login-forget",
    ask: "login-forget-ask",
    now: "login-forget-now",
    keep: "login-keep",
};

impl KeyDraft {
    /// Whether anything was typed.
    pub fn is_typed(&self) -> bool {
        self.has_key() || self.has_login()
    }

    /// Whether what was typed can be stored.
    pub fn is_ready(&self, name: &SecretName, look: &Look) -> bool {
        self.is_typed() && self.lack(look.keys.get(name)).is_none()
    }

    /// Another user and password, from a URL that was pasted with them.
    pub fn fill_login(&mut self, login: Login) {
        self.login = login;
        self.login_intent = Some(KeyIntent::Replace);
    }

    /// What was typed, to be stored.
    pub fn take_typed(&mut self) -> Option<KeyChange> {
        let Self { key, login, .. } = std::mem::take(self);
        let key = StreamKey::parse(&key);
        // The fields come before what was written behind the key.
        let login = (!login.user.trim().is_empty())
            .then(|| Login { user: login.user.trim().to_owned(), password: login.password });
        let login = login.or(key.login).map_or(LoginChange::Keep, LoginChange::Set);
        let key = Some(key.key).filter(|key| !key.is_empty());
        (key.is_some() || login != LoginChange::Keep).then_some(KeyChange { key, login })
    }

    /// Draws its rows: lines to type into, or where the key is stored and what can be done with it.
    pub fn rows(
        &mut self,
        ui: &mut Ui,
        form: &Form<'_>,
        name: &SecretName,
        look: &Look,
        actions: &mut Vec<Action>,
    ) {
        let words = form.words;
        let stored = look.keys.get(name);
        match stored.filter(|_| self.key_intent != Some(KeyIntent::Replace)) {
            None => {
                form.hidden(ui, KEY.row, "key", &mut self.key);
                explain(ui, &words.get("stream-key-why"));
            }
            Some(KeyLook { place, .. }) => {
                let said = format!("••••••••  {}", words.get(place_word(place)));
                let at = (form, &KEY);
                if stored_row(ui, at, (&said, place), &mut self.key_intent) {
                    actions.push(Action::ForgetKey(name.clone()));
                }
                explain(ui, &words.get("stream-key-stored-why"));
            }
        }
        match stored.filter(|_| self.login_intent != Some(KeyIntent::Replace)) {
            Some(KeyLook { place, user: Some(user) }) => {
                let said = format!("{user}  ••••••••");
                let at = (form, &LOGIN);
                if stored_row(ui, at, (&said, place), &mut self.login_intent) {
                    let change = KeyChange { key: None, login: LoginChange::Forget };
                    actions.push(Action::KeepKey(name.clone(), change));
                }
            }
            _ => {
                form.text(ui, LOGIN.row, "", &mut self.login.user);
                form.hidden(ui, "login-password", "", &mut self.login.password);
            }
        }
        match self.lack(stored) {
            Some(lack) => _ = ui.label(RichText::new(words.get(lack)).color(theme::ATTENTION)),
            None => explain(ui, &words.get("login-why")),
        }
    }

    fn has_key(&self) -> bool {
        !self.key.trim().is_empty()
    }

    fn has_login(&self) -> bool {
        !self.login.user.trim().is_empty() || !self.login.password.is_empty()
    }

    /// What is missing of what was typed.
    fn lack(&self, stored: Option<&KeyLook>) -> Option<&'static str> {
        if self.has_login() && self.login.user.trim().is_empty() {
            Some("login-lacks-user")
        } else if self.has_login() && stored.is_none() && !self.has_key() {
            Some("login-lacks-key")
        } else {
            None
        }
    }
}

/// A row for something that is stored; true if it is to be forgotten.
fn stored_row(
    ui: &mut Ui,
    (form, keys): (&Form<'_>, &StoredWords),
    (stored, place): (&str, &KeyPlace),
    intent: &mut Option<KeyIntent>,
) -> bool {
    let words = form.words;
    let is_asked = *intent == Some(KeyIntent::Forget);
    let mut forget = false;
    form.row(ui, keys.row, "", |ui| {
        let button = |ui: &mut Ui, key: &str| {
            let button = Button::new(words.get(key)).min_size(vec2(0.0, theme::TARGET));
            ui.add(button).on_hover_text(words.get(&format!("{key}-tip"))).clicked()
        };
        let row = ui.horizontal(|ui| {
            let said = match is_asked {
                true => RichText::new(words.get(keys.ask)).color(theme::ATTENTION),
                false => RichText::new(stored).color(theme::TEXT),
            };
            let label = ui.label(said);
            if let KeyPlace::File(file) = place {
                label.on_hover_text(file.display().to_string());
            }
            if is_asked {
                forget = button(ui, keys.now);
                if button(ui, keys.keep) || forget {
                    *intent = None;
                }
                return;
            }
            if button(ui, keys.replace) {
                *intent = Some(KeyIntent::Replace);
            }
            if button(ui, keys.forget) {
                *intent = Some(KeyIntent::Forget);
            }
        });
        row.response
    });
    forget
}

fn place_word(place: &KeyPlace) -> &'static str {
    match place {
        KeyPlace::Keyring => "key-in-keyring",
        KeyPlace::File(_) => "key-in-file",
        KeyPlace::Memory => "key-in-memory",
    }
}
