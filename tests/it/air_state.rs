//! What the head of the window says of streams and recordings.

use engine::OutputState;
use engine::OutputState::{Connecting, Failed, Live, Reconnecting, Slow, Stalled, Stopped};
use show::OutputId;
use ui::{AirState, Language, OutputLook, Translations};

fn outputs(states: &[Option<OutputState>], records: bool) -> Vec<OutputLook> {
    let look = |(index, state): (u32, &Option<OutputState>)| {
        let mut output = OutputLook::new(OutputId(index), "Output", records);
        (output.state, output.seconds) = (*state, u64::from(index) + 7);
        output
    };
    (0..).zip(states).map(look).collect()
}

fn said(states: &[Option<OutputState>], records: bool) -> String {
    let mut all = outputs(states, records);
    // Those of the other kind say nothing of this one.
    all.extend(outputs(&[Some(Live), Some(Failed)], !records));
    AirState::of(&all, records).text(records, &Translations::new(Language::English))
}

#[test]
fn the_head_says_live_only_of_what_is_live() {
    let streams =
        |states: &[OutputState]| said(&states.iter().map(|s| Some(*s)).collect::<Vec<_>>(), false);
    assert_eq!(said(&[None, Some(Stopped)], false), "OFF AIR");
    assert_eq!(streams(&[Connecting]), "CONNECTING");
    assert_eq!(streams(&[Live]), "LIVE 00:00:07");
    assert_eq!(streams(&[Failed]), "FAILED");
    assert_eq!(streams(&[Failed; 5]), "FAILED 0/5");
    assert_eq!(streams(&[Slow]), "STALLED", "it is still connected");
    assert_eq!(streams(&[Failed, Stalled, Slow]), "STALLED 0/3");
    assert_eq!(streams(&[Failed, Reconnecting]), "CONNECTING 0/2");
    assert_eq!(streams(&[Live, Failed, Live, Reconnecting, Live]), "LIVE 3/5 00:00:11");
    assert_eq!(said(&[Some(Live), None, Some(Live)], true), "REC 2/2 00:00:09");
    assert_eq!(said(&[Some(Failed)], true), "REC FAILED");
}

#[test]
fn it_is_lit_only_if_all_that_was_started_is_live() {
    let whole =
        |states: &[Option<OutputState>]| AirState::of(&outputs(states, false), false).is_whole();
    assert!(whole(&[Some(Live), None, Some(Stopped), Some(Live)]));
    for other in [Connecting, Slow, Stalled, Reconnecting, Failed] {
        assert!(!whole(&[Some(Live), Some(other)]), "{other:?}");
        assert!(!whole(&[Some(other)]), "{other:?}");
    }
    assert!(!whole(&[]));
}
