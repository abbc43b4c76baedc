//! What is said of a source's pictures as they come: size, rate, fields, and what they have beyond BT.709.

use compositor::Backend;
use egui_kittest::kittest::Queryable;
use engine::{CommandKind, FrameIndex, SourceState, Switch};
use show::{
    Asset, AssetId, AssetKind, Feed, FileEnd, Format, FrameRate, LayoutId, PlayFile, Raster, Show,
    SourceId, SourceKind, Template,
};
use studio::program::session::{Options, Session, Studio};
use studio::window::source_looks;
use tests::offline::made;
use tests::{shows, time};
use ui::{Language, PictureLook, SourceLook};

use crate::desk::{SIZES, Shown, look, snapshot};
use crate::desk_building::words;

const LD25: Format = Format { raster: Raster::Ld, rate: FrameRate::R25 };

/// Films, and what is to be said of each.
fn films() -> Vec<(&'static str, String, PictureLook)> {
    let source = |size, rate| format!("-f lavfi -i testsrc2=s={size}:r={rate}:d=2 -c:v libx264");
    let wide = |transfer| {
        format!(
            "-pix_fmt yuv420p10le -color_primaries bt2020 -color_trc {transfer} -colorspace bt2020nc"
        )
    };
    let (small, fields) = (source("320x180", "25"), "-pix_fmt yuv420p -flags +ildct+ilme -top 1");
    let known = |size, rate_hundredths| PictureLook {
        size,
        rate_hundredths,
        has_fields: false,
        beyond: None,
    };
    let beyond = |name| PictureLook { beyond: Some(name), ..known((320, 180), 2_500) };
    let ntsc = format!("{} -pix_fmt yuv420p", source("640x360", "30000/1001"));
    vec![
        ("plain.mp4", ntsc, known((640, 360), 2_997)),
        (
            "fields.mp4",
            format!("{} {fields}", source("720x576", "25")),
            PictureLook { has_fields: true, ..known((720, 576), 2_500) },
        ),
        ("2020.mp4", format!("{small} {}", wide("bt2020-10")), beyond("BT.2020")),
        ("pq.mp4", format!("{small} {}", wide("smpte2084")), beyond("PQ")),
        ("hlg.mp4", format!("{small} {}", wide("arib-std-b67")), beyond("HLG")),
    ]
}

#[test]
fn a_film_says_its_size_its_rate_its_fields_and_its_colours_once_it_is_open() {
    media::init().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut show = Show::new("Films", LD25);
    let films = films();
    for (id, (name, arguments, _)) in (1..).zip(&films) {
        made(&folder.path().join(name), arguments);
        let (path, kind) = ((*name).to_owned(), AssetKind::Media);
        show.assets.push(Asset { id: AssetId(100 + id), path, kind, hash: None });
        let play = PlayFile::whole(AssetId(100 + id), FileEnd::Loop);
        show.sources.push(shows::source(id, SourceKind::File(play)));
    }
    show.sources.push(shows::source(50, SourceKind::TestPattern { tag: 1 }));
    let feeds: Vec<Feed> = show.sources.iter().map(|source| Feed::Source(source.id)).collect();
    show.layouts.push(Template::NineUp.layout(LayoutId(60), "Nine", &feeds));
    let take = CommandKind::Switch(Switch::TakeLayout(LayoutId(60)));
    let options = Options {
        folder: folder.path().to_owned(),
        backend: Some(Backend::Cpu),
        offline: true,
        script: vec![(FrameIndex(0), shows::command(take))],
        ..Options::default()
    };
    let studio = Studio::default();
    let mut session = Session::start(&studio, show, options).unwrap();
    let said = |session: &Session, id| source_looks::of(session, studio.clock.now())[&id].picture;
    let all_said = time::wait_for(time::PATIENCE, || {
        assert!(session.beat());
        let mut all = (1..).map(SourceId).take(films.len());
        all.all(|id| said(&session, id).is_some()).then_some(())
    });
    assert!(all_said.is_some(), "{:?}", session.problems.all());
    for (id, (name, _, wanted)) in (1..).map(SourceId).zip(&films) {
        assert_eq!(said(&session, id).as_ref(), Some(wanted), "{name}");
    }
    assert_eq!(said(&session, SourceId(50)), None, "it is made as the programme has it");
    session.finish();
}

#[test]
fn the_hint_of_a_source_says_what_its_pictures_are() {
    let known =
        PictureLook { size: (1_920, 1_080), rate_hundredths: 2_997, ..PictureLook::default() };
    let fields = PictureLook { rate_hundredths: 2_500, has_fields: true, ..known };
    let hlg = PictureLook { rate_hundredths: 5_000, beyond: Some("HLG"), ..known };
    let unknown = PictureLook { rate_hundredths: 0, beyond: Some("PQ"), ..known };
    for (language, said) in [
        (
            Language::English,
            [
                "1920 × 1080, 29.97 fps",
                "1920 × 1080, 25 fps, interlaced pictures field by field",
                "1920 × 1080, 50 fps, HLG brought to BT.709",
                "1920 × 1080, PQ brought to BT.709",
            ],
        ),
        (
            Language::Chinese,
            [
                "1920 × 1080，29.97 帧/秒",
                "1920 × 1080，25 帧/秒，隔行画面逐场显示",
                "1920 × 1080，50 帧/秒，HLG 已转换为 BT.709",
                "1920 × 1080，PQ 已转换为 BT.709",
            ],
        ),
    ] {
        for (picture, said) in [known, fields, hlg, unknown].into_iter().zip(said) {
            let mut shown = snapshot();
            shown.sources.insert(SourceId(12), SourceState::Live);
            shown.tally.remove(&SourceId(12));
            let mut shown = look(shown);
            let source = SourceLook { picture: Some(picture), ..SourceLook::default() };
            shown.sources.insert(SourceId(12), source);
            let mut desk = Shown::new(language, SIZES[1], shown);
            desk.took();
            let tile = desk.harness.query_all_by_label("Camera 2").last().expect("its tile");
            let at = tile.rect().center();
            desk.harness.hover_at(at);
            desk.waited();
            assert!(desk.has(&format!("{}\n{said}", words(language, "source-tip"))), "{said}");
        }
    }
}
