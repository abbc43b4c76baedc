//! Letters and fonts that are not installed are said on the text that lacks them, until it was changed.

use std::path::Path;

use compositor::{FontLack, Preparer};
use engine::{Command, CommandKind, EditCommand, Issuer, Prep, PrepKind, Switch};
use show::{
    Colour, ComponentId, ComponentKind, Edit, Feed, Item, LayoutId, Scene, SceneId, Show, SourceId,
    SourceKind, Template, TextStyle,
};
use studio::problems::Problem;
use studio::program::session::{Options, Session, Studio};
use tests::{shows, time};

fn text(words: &str) -> TextStyle {
    let ComponentKind::Text(style) = shows::text(1, words).kind else { unreachable!() };
    style
}

/// What the fonts lack for a text.
fn lacks(style: TextStyle) -> Option<FontLack> {
    let mut preparer = Preparer::default();
    let prep = Prep::new(PrepKind::Text { style, canvas: (640, 360) });
    assert!(preparer.prepare(&prep, Path::new(".")).is_ok(), "it is drawn as well as it can be");
    preparer.font_lack().cloned()
}

#[test]
fn letters_and_fonts_that_are_not_installed_are_named() {
    // A letter that is nobody's, in the last plane for private use.
    let Some(FontLack::Letters { letters }) = lacks(text("Ne\u{10fffd}ws \u{10fffd}\u{10fffc}"))
    else {
        panic!("it has no letters of private use")
    };
    assert!(letters.contains("(U+10FFFD), ") && letters.ends_with("(U+10FFFC)"), "{letters}");
    assert_eq!(letters.matches("U+").count(), 2, "{letters}");
    let family = || Some("No Such Font".to_owned());
    let other = FontLack::Family { family: "No Such Font".to_owned() };
    assert_eq!(lacks(TextStyle { family: family(), ..text("News") }), Some(other));
    assert!(lacks(TextStyle { family: family(), ..text("") }).is_some());
    // What draws nothing by itself lacks nothing.
    for plain in
        ["News", "", "a\tb\r\nc", "a\u{200d}b\u{fe0f}c\u{2066}d\u{feff}", "\u{ad}soft\u{a0}"]
    {
        assert_eq!(lacks(text(plain)), None, "{plain:?}");
    }
}

fn ask(session: &Session, kind: CommandKind) {
    let command =
        Command { program: session.program, origin: Issuer::CommandLine, gesture: None, kind };
    session.commands.send(command).expect("it runs");
}

/// A text that no font has is said on it, and no longer once it was changed, whether it is on a bus or not.
#[test]
fn what_was_mended_is_blamed_no_more() {
    let mut show = Show::new("Letters", shows::HD25);
    show.sources.push(shows::source(4, SourceKind::Colour { colour: Colour::BLACK }));
    let feed = [Feed::Source(SourceId(4))];
    show.layouts.push(Template::Single.layout(LayoutId(1), "Black", &feed));
    show.components.push(shows::text(2, "\u{10fffd}"));
    let (id, name, components) = (SceneId(3), "Scene".to_owned(), vec![ComponentId(2)]);
    show.scenes.push(Scene { id, name, layout: LayoutId(1), components });
    let options = Options { offline: true, ..Options::default() };
    let mut session = Session::start(&Studio::default(), show, options).expect("a program");
    let is_blamed = |session: &Session| {
        let problem = session.problems.all().remove(&ComponentId(2).into());
        matches!(problem, Some(Problem::Font(_)))
    };
    let until = |session: &mut Session, blamed: bool| {
        let done = time::wait_for(time::PATIENCE, || {
            session.beat();
            (is_blamed(session) == blamed).then_some(())
        });
        assert!(done.is_some(), "{blamed}: {:?}", session.problems.all());
    };
    let change = |words: &str| {
        let edit = Edit::Replace(Item::Component(shows::text(2, words)));
        CommandKind::Edit(EditCommand::Do(Box::new(edit)))
    };
    ask(&session, CommandKind::Switch(Switch::LoadScene(SceneId(3))));
    until(&mut session, true);
    ask(&session, change("News"));
    until(&mut session, false);
    ask(&session, change("\u{10fffd}"));
    until(&mut session, true);
    ask(&session, CommandKind::Switch(Switch::LoadLayout(LayoutId(1))));
    (0..4).for_each(|_| assert!(session.beat()));
    assert!(is_blamed(&session), "it is still so");
    ask(&session, change("News"));
    until(&mut session, false);
    drop(session.finish());
}
