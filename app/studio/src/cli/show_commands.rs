//! Parses the commands of `--at`.

use std::str::FromStr;

use engine::{CommandKind, Deliver, EditCommand, Key, Mix, Play, Switch};
use show::{BusName, Db, Edit, StripMode};

/// A text is not a command.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseCommandError {
    /// The verb is unknown.
    #[error("\"{0}\" is not a command. Commands are: {VERBS}")]
    Verb(String),
    /// The arguments are wrong.
    #[error("\"{text}\" is not understood: {reason}. Write: {form}")]
    Form {
        /// The text.
        text: String,
        /// What is wrong with it.
        reason: String,
        /// An example.
        form: &'static str,
    },
}

/// The latest time that can be sought: a day.
const MAX_SECONDS: f64 = 86_400.0;

const VERBS: &str = "take, load, cut, auto, sync, bar, update, key, fader, trim, mute, solo, pan, \
                     delay, mode, programme, follow, start, stop, retry, apply, pause, resume, seek, \
                     restart, standby, settings, undo, redo";

/// Parses a command, for example `take scene-2` or `fader source-3 -6`.
///
/// # Errors
/// [`ParseCommandError`], with an example of the command.
pub fn parse(text: &str) -> Result<CommandKind, ParseCommandError> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let Some((verb, rest)) = words.split_first() else {
        return Err(ParseCommandError::Verb(text.to_owned()));
    };
    let form = form_of(verb).ok_or_else(|| ParseCommandError::Verb((*verb).to_owned()))?;
    let wrong = |reason: String| ParseCommandError::Form { text: text.to_owned(), reason, form };
    if rest.len() + 1 != form.split(' ').count() {
        return Err(wrong("the number of words is wrong".to_owned()));
    }
    command(verb, rest).map_err(wrong)
}

fn form_of(verb: &str) -> Option<&'static str> {
    Some(match verb {
        "take" => "take scene-2",
        "load" => "load scene-2",
        "cut" => "cut",
        "auto" => "auto",
        "sync" => "sync",
        "bar" => "bar 5000",
        "update" => "update",
        "key" => "key pgm component-4 on",
        "fader" => "fader source-3 -6",
        "trim" => "trim source-3 -6",
        "mute" => "mute source-3 on",
        "solo" => "solo source-3 on",
        "pan" => "pan source-3 -0.5",
        "delay" => "delay source-3 40",
        "mode" => "mode source-3 afv",
        "programme" => "programme -6",
        "follow" => "follow on",
        "start" => "start output-5",
        "stop" => "stop output-5",
        "retry" => "retry output-5",
        "apply" => "apply output-5",
        "pause" => "pause source-3",
        "resume" => "resume source-3",
        "seek" => "seek source-3 12.5",
        "restart" => "restart source-3",
        "standby" => "standby on",
        "settings" => "settings source-3 {\"picture_delay_millis\":200}",
        "undo" => "undo",
        "redo" => "redo",
        _ => return None,
    })
}

fn command(verb: &str, rest: &[&str]) -> Result<CommandKind, String> {
    let word = |at: usize| rest.get(at).copied().unwrap_or_default();
    let source = || read(word(0));
    let mix = |mix| Ok(CommandKind::Mix(mix));
    let switch = |switch| Ok(CommandKind::Switch(switch));
    match verb {
        "take" => switch(Switch::Take(read(word(0))?)),
        "load" if word(0).starts_with("layout-") => switch(Switch::LoadLayout(read(word(0))?)),
        "load" => switch(Switch::LoadScene(read(word(0))?)),
        "cut" => switch(Switch::Cut),
        "auto" => switch(Switch::Auto),
        "sync" => switch(Switch::Sync),
        "bar" => switch(Switch::Bar(read(word(0))?)),
        "update" => switch(Switch::Update),
        "key" => {
            let bus = match word(0) {
                "pgm" => BusName::Pgm,
                "pvw" => BusName::Pvw,
                other => return Err(format!("\"{other}\" is neither pgm nor pvw")),
            };
            let (component, on) = (read(word(1))?, on_off(word(2))?);
            Ok(CommandKind::Key(Key { bus, component, on }))
        }
        "fader" => mix(Mix::Fader(source()?, Db(read(word(1))?))),
        "trim" => mix(Mix::Trim(source()?, Db(read(word(1))?))),
        "mute" => mix(Mix::Mute(source()?, on_off(word(1))?)),
        "solo" => mix(Mix::Solo(source()?, on_off(word(1))?)),
        "pan" => mix(Mix::Pan(source()?, read(word(1))?)),
        "delay" => mix(Mix::Delay(source()?, read(word(1))?)),
        "mode" => {
            let mode = match word(1) {
                "off" => StripMode::Off,
                "on" => StripMode::On,
                "afv" => StripMode::Afv,
                other => return Err(format!("\"{other}\" is neither off, on nor afv")),
            };
            mix(Mix::Mode(source()?, mode))
        }
        "programme" => mix(Mix::Programme(Db(read(word(0))?))),
        "follow" => mix(Mix::Follow(on_off(word(0))?)),
        "start" => Ok(CommandKind::Deliver(Deliver::Start(read(word(0))?))),
        "stop" => Ok(CommandKind::Deliver(Deliver::Stop(read(word(0))?))),
        "retry" if word(0).starts_with("source-") => Ok(CommandKind::Reconnect(source()?)),
        "retry" => Ok(CommandKind::Deliver(Deliver::Retry(read(word(0))?))),
        "apply" => Ok(CommandKind::Deliver(Deliver::Apply(read(word(0))?))),
        "pause" => Ok(CommandKind::Play(Play::Pause(source()?, true))),
        "resume" => Ok(CommandKind::Play(Play::Pause(source()?, false))),
        "seek" => Ok(CommandKind::Play(Play::Seek(source()?, millis(word(1))?))),
        "restart" => Ok(CommandKind::Play(Play::Restart(source()?))),
        "standby" => Ok(CommandKind::Standby(on_off(word(0))?)),
        "settings" => {
            let settings = serde_json::from_str(word(1)).map_err(|error| error.to_string())?;
            let edit = Edit::Settings(source()?, settings);
            Ok(CommandKind::Edit(EditCommand::Do(Box::new(edit))))
        }
        "undo" => Ok(CommandKind::Edit(EditCommand::Undo)),
        _ => Ok(CommandKind::Edit(EditCommand::Redo)),
    }
}

fn read<T: FromStr<Err: ToString>>(word: &str) -> Result<T, String> {
    word.parse().map_err(|error: T::Err| error.to_string())
}

/// Seconds, with or without a fraction, in milliseconds.
fn millis(word: &str) -> Result<u64, String> {
    let seconds: f64 = read(word)?;
    let is_time = (0.0..=MAX_SECONDS).contains(&seconds);
    let wrong = || format!("\"{word}\" is not a time in seconds");
    is_time.then_some((seconds * 1_000.0).round() as u64).ok_or_else(wrong)
}

fn on_off(word: &str) -> Result<bool, String> {
    match word {
        "on" => Ok(true),
        "off" => Ok(false),
        other => Err(format!("\"{other}\" is neither on nor off")),
    }
}
