//! What the mixer does at a take, and what the operator's hands do.

use engine::{CommandKind, EditCommand, Mix, Switch, Tick};
use show::SourceId;
use tests::shows::full;

use crate::engine_live::{COLOUR, Desk, QUAD, on_air};

/// What of a source goes to the programme, now.
fn share(tick: &Tick, id: u32) -> f32 {
    tick.mix.strips.iter().find(|strip| strip.source == SourceId(id)).unwrap().share
}

#[test]
fn sound_follows_the_picture_over_the_length_of_the_mix() {
    let mut show = full();
    show.transition.frames = 4;
    // Source 4 is on both sides of the take, 7 only comes, and 3 is not in the sound of its layout.
    show.layouts[1].panes[0].feed = show::Feed::Source(SourceId(4));
    let silent = show::AudioPart { in_mix: false, ..show::AudioPart::unity(SourceId(3)) };
    show.layouts[0].audio.push(silent);
    let mut desk = Desk::new(show);
    desk.switch(Switch::LoadLayout(COLOUR)).unwrap();
    desk.switch(Switch::Cut).unwrap();
    desk.switch(Switch::LoadLayout(QUAD)).unwrap();
    desk.switch(Switch::Auto).unwrap();
    let shares: Vec<_> = (0..5)
        .map(|_| desk.tick())
        .map(|tick| [share(&tick, 4), share(&tick, 7), share(&tick, 3)])
        .collect();
    let come = [0.25, 0.5, 0.75, 1.0, 1.0];
    assert_eq!(shares, come.map(|share| [1.0, share, 0.0]));
}

#[test]
fn without_follow_a_take_leaves_the_sound_as_it_is() {
    let mut desk = on_air();
    desk.switch(Switch::Cut).unwrap();
    assert_eq!(share(&desk.tick(), 7), 1.0);
    desk.ask(CommandKind::Mix(Mix::Follow(false))).unwrap();
    desk.switch(Switch::Cut).unwrap();
    assert_eq!(share(&desk.tick(), 7), 1.0, "its picture has left, its sound has not");
    desk.ask(CommandKind::Mix(Mix::Follow(true))).unwrap();
    assert_eq!(share(&desk.tick(), 7), 1.0, "only the next take follows");
    desk.switch(Switch::LoadLayout(COLOUR)).unwrap();
    desk.switch(Switch::Cut).unwrap();
    assert_eq!(share(&desk.tick(), 7), 0.0);
}

#[test]
fn a_strip_is_off_on_or_muted_whatever_is_on_air() {
    let mut desk = on_air();
    let mut set = |mix| {
        desk.ask(CommandKind::Mix(mix)).unwrap();
        share(&desk.tick(), 7)
    };
    assert_eq!(set(Mix::Mode(SourceId(7), show::StripMode::On)), 1.0);
    assert_eq!(set(Mix::Mute(SourceId(7), true)), 0.0);
    assert_eq!(set(Mix::Mute(SourceId(7), false)), 1.0);
    assert_eq!(set(Mix::Solo(SourceId(4), true)), 1.0, "solo is for the monitor alone");
    assert_eq!(set(Mix::Mode(SourceId(7), show::StripMode::Off)), 0.0);
}

#[test]
fn levels_multiply_and_no_control_leaves_its_range() {
    let mut desk = on_air();
    let mix = |desk: &mut Desk, mix| desk.ask(CommandKind::Mix(mix));
    mix(&mut desk, Mix::Fader(SourceId(7), show::Db(-6.0))).unwrap();
    mix(&mut desk, Mix::Trim(SourceId(7), show::Db(-14.0))).unwrap();
    let strips = desk.tick().mix.strips;
    let strip = strips.iter().find(|strip| strip.source == SourceId(7)).unwrap();
    assert!((strip.level - 0.1).abs() < 1e-6, "-20 dB is a tenth, not {}", strip.level);
    for bad in [f32::NAN, f32::INFINITY, 12.1, -100.5] {
        let fader = Mix::Fader(SourceId(7), show::Db(bad));
        assert_eq!(mix(&mut desk, fader), Err("out_of_range"), "{bad}");
    }
    assert_eq!(mix(&mut desk, Mix::Delay(SourceId(7), 5_001)), Err("out_of_range"));
    assert_eq!(mix(&mut desk, Mix::Mute(SourceId(99), true)), Err("not_found"));
}

#[test]
fn undo_never_moves_a_fader() {
    let mut desk = on_air();
    desk.edit(show::Edit::Rename("Other".into()));
    desk.ask(CommandKind::Mix(Mix::Fader(SourceId(3), show::Db(-3.0)))).unwrap();
    desk.ask(CommandKind::Edit(EditCommand::Undo)).unwrap();
    assert_eq!(desk.0.snapshot().mixer.strip(SourceId(3)).fader, show::Db(-3.0));
}
