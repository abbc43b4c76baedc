//! Texts and pictures made ready, as they are seen on the canvas; and files that are refused.

use std::path::Path;
use std::sync::Arc;

use compositor::{Compositor, CpuCompositor, Drawable, PrepError, Prepared, Preparer};
use engine::{BusItems, Frame, FrameIndex, Picture, Prep, PrepKind};
use image::{DynamicImage, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};
use show::{
    Anchor, Asset, AssetId, AssetKind, Background, Colour, Component, ComponentId, ComponentKind,
    Fit, Layout, LayoutId, Outline, Placement, Raster, Shadow, Show, TextAlign, TextBox, TextStyle,
};
use tests::shows::HD25;

const LD: show::Format = show::Format { raster: Raster::Ld, ..HD25 };

fn text(words: &str) -> TextStyle {
    let ComponentKind::Text(style) = tests::shows::text(1, words).kind else { unreachable!() };
    TextStyle { size: 0.1, ..style }
}

/// A graphic in the middle of a black LD canvas.
fn seen(preparer: &mut Preparer, kind: ComponentKind, base: &Path) -> Frame {
    let mut show = Show::new("Test", LD);
    show.assets.push(Asset {
        id: AssetId(2),
        path: "picture".into(),
        kind: AssetKind::Picture,
        hash: None,
    });
    let place = Placement { anchor: Anchor::Centre, x: 0.0, y: 0.0 };
    let (id, name) = (ComponentId(1), "Graphic".to_owned());
    show.components.push(Component { id, name, kind, place, opacity: 1.0, live: false });
    let bus = BusItems { components: vec![id], ..BusItems::default() }.pin(&show);
    let prepared = Arc::new(Prepared::default());
    for prep in bus.preps() {
        prepared.insert(prep.key, preparer.prepare(prep, base).unwrap()).unwrap();
    }
    let mut compositor = CpuCompositor::new(640, 360, prepared);
    compositor.draw(FrameIndex(0), &Picture::One(bus), &[]).unwrap().1
}

fn set(preparer: &mut Preparer, style: &TextStyle) -> Frame {
    seen(preparer, ComponentKind::Text(style.clone()), Path::new("."))
}

/// Left, top, right and bottom of what is not black.
fn ink(frame: &Frame) -> [usize; 4] {
    let plane = frame.plane(0);
    let lit = |x: usize, y: usize| plane.data[y * plane.stride + x] > 20;
    let columns: Vec<usize> = (0..640).filter(|x| (0..360).any(|y| lit(*x, y))).collect();
    let rows: Vec<usize> = (0..360).filter(|y| (0..640).any(|x| lit(x, *y))).collect();
    [columns[0], rows[0], *columns.last().unwrap(), *rows.last().unwrap()]
}

fn width(frame: &Frame) -> usize {
    let [left, _, right, _] = ink(frame);
    right - left
}

fn luma(frame: &Frame) -> Vec<u8> {
    let plane = frame.plane(0);
    (0..360).flat_map(|y| plane.data[y * plane.stride..][..640].to_vec()).collect()
}

fn codes(frame: &Frame, x: usize, y: usize) -> [u8; 3] {
    [0, 1, 2].map(|index| {
        let (plane, half) = (frame.plane(index), usize::from(index > 0));
        plane.data[(y >> half) * plane.stride + (x >> half)]
    })
}

#[test]
fn every_script_is_drawn_in_its_own_letters() {
    let mut preparer = Preparer::default();
    // A font that lacks a letter would draw the same box for both.
    for [a, b] in [["Elena", "Elemo"], ["Привет", "Призет"], ["世界", "世間"], ["مرحبا", "مرجبا"]]
    {
        let (a, b) = (set(&mut preparer, &text(a)), set(&mut preparer, &text(b)));
        assert!(width(&a) > 20, "there is ink");
        assert_ne!(luma(&a), luma(&b));
    }
    // Arabic letters join: three in a word are narrower than three alone.
    let width_of = |preparer: &mut Preparer, words: &str| width(&set(preparer, &text(words)));
    let (joined, alone) =
        (width_of(&mut preparer, "ببب"), width_of(&mut preparer, "ب\u{200c}ب\u{200c}ب"));
    assert!(joined + 10 < alone, "{joined} against {alone}");
}

#[test]
fn a_text_wraps_at_its_width_and_stands_as_it_is_aligned() {
    let mut preparer = Preparer::default();
    let words = "one two three four five six seven eight nine";
    let wrapped = |align| TextStyle { max_width: 0.3, align, size: 0.06, ..text(words) };
    let frame = set(&mut preparer, &wrapped(TextAlign::Start));
    let [left, top, right, bottom] = ink(&frame);
    assert!(right - left <= 192 && bottom - top > 50, "{left} to {right}, {top} to {bottom}");
    let pictures = [TextAlign::Start, TextAlign::Centre, TextAlign::End]
        .map(|align| luma(&set(&mut preparer, &wrapped(align))));
    assert!(pictures[0] != pictures[1] && pictures[1] != pictures[2]);
    let two = set(&mut preparer, &text("A\nB"));
    assert!(ink(&two)[3] - ink(&two)[1] > 60, "a line break breaks the line");
}

#[test]
fn a_text_has_its_weight_outline_shadow_and_box() {
    let mut preparer = Preparer::default();
    let plain = width(&set(&mut preparer, &text("Weight")));
    let bold = width(&set(&mut preparer, &TextStyle { bold: true, ..text("Weight") }));
    assert!(bold > plain + 5, "{bold} against {plain}");
    let red = Colour::rgb(255, 0, 0);
    let outline = Some(Outline { width: 0.1, colour: red });
    let outlined = width(&set(&mut preparer, &TextStyle { outline, ..text("Weight") }));
    let around = outlined - plain;
    assert!((6..=9).contains(&around), "3.6 pixels at each side, not {around} in all");
    let shadow = Some(Shadow { dx: 0.5, dy: 0.0, colour: red });
    let shadowed = width(&set(&mut preparer, &TextStyle { shadow, ..text("Weight") }));
    assert!(shadowed.abs_diff(plain + 18) <= 2, "{shadowed}, 18 more than {plain}");
    let text_box = Some(TextBox { colour: Colour::rgb(0, 0, 255), padding: 0.5 });
    let boxed = set(&mut preparer, &TextStyle { text_box, colour: red, ..text("Weight") });
    let [left, top, ..] = ink(&boxed);
    assert_eq!(codes(&boxed, left + 4, top + 4), Colour::rgb(0, 0, 255).to_bt709());
    let has = |frame: &Frame, colour: [u8; 3]| {
        (0..360).any(|y| (0..640).any(|x| codes(frame, x, y)[2].abs_diff(colour[2]) < 8))
    };
    assert!(has(&boxed, red.to_bt709()), "letters have their colour");
    assert_eq!(luma(&set(&mut preparer, &text("")))[0], 16, "no text is no ink");
}

#[test]
fn a_text_much_larger_than_the_canvas_is_refused() {
    let style = TextStyle { size: 1.0, ..text(&"word ".repeat(400)) };
    let prep = Prep::new(PrepKind::Text { style, canvas: (640, 360) });
    let error = Preparer::default().prepare(&prep, Path::new(".")).err().unwrap();
    assert!(matches!(error, PrepError::TextTooLarge { .. }), "{error}");
    assert!(error.to_string().contains("shorter or smaller"), "{error}");
}

fn encoded(image: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    image.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn photo(width: u32, height: u32) -> DynamicImage {
    let pixel = |x: u32, y: u32| Rgb([(x * 255 / width) as u8, (y * 255 / height) as u8, 90]);
    RgbImage::from_fn(width, height, pixel).into()
}

/// What becomes of a file with these bytes.
fn prepared(bytes: Option<&[u8]>) -> Result<Drawable, PrepError> {
    let folder = tempfile::tempdir().unwrap();
    if let Some(bytes) = bytes {
        std::fs::write(folder.path().join("picture"), bytes).unwrap();
    }
    let prep = Prep::new(PrepKind::Picture { path: "picture".into() });
    let result = Preparer::default().prepare(&prep, folder.path());
    if let Err(error) = &result {
        assert!(error.to_string().contains("picture: "), "it says where: {error}");
    }
    result
}

#[test]
fn pictures_are_read_as_they_are() {
    for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP] {
        let ready = prepared(Some(&encoded(&photo(64, 48), format))).unwrap();
        let Drawable::Picture(frame) = ready else { panic!("it has no alpha") };
        assert_eq!(frame.size(), (64, 48));
        let expected = Colour::rgb(127, 127, 90).to_bt709();
        for (got, expected) in codes(&frame, 32, 24).into_iter().zip(expected) {
            assert!(got.abs_diff(expected) <= 3, "{got}, not {expected}");
        }
    }
    let holes = RgbaImage::from_fn(64, 48, |x, _| Rgba([255, 255, 255, (x * 4) as u8]));
    let ready = prepared(Some(&encoded(&holes.into(), ImageFormat::Png))).unwrap();
    assert!(matches!(ready, Drawable::Cutout(_)), "it has alpha");
    let wide = encoded(&photo(7_680, 16), ImageFormat::Png);
    let Drawable::Picture(frame) = prepared(Some(&wide)).unwrap() else { panic!() };
    assert_eq!(frame.size(), (3_840, 8), "more than twice the largest canvas is never seen");
}

#[test]
fn files_that_are_no_pictures_are_refused() {
    let error = |bytes: Option<&[u8]>| prepared(bytes).err().unwrap();
    assert!(matches!(error(None), PrepError::Unreadable { .. }));
    assert!(matches!(error(Some(b"GIF89a....")), PrepError::NotAPicture { .. }));
    assert!(matches!(error(Some(b"")), PrepError::NotAPicture { .. }));
    let many = vec![0; 10_000_001];
    assert!(matches!(error(Some(&many)), PrepError::TooManyBytes { bytes: 10_000_001, .. }));
    for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP] {
        let whole = encoded(&photo(300, 200), format);
        for part in [30, whole.len() / 2, whole.len() * 9 / 10] {
            let error = error(Some(&whole[..part]));
            let is_damaged = matches!(error, PrepError::Damaged { .. } | PrepError::CutOff { .. });
            assert!(is_damaged, "{format:?}, {part}: {error}");
        }
    }
}

/// Some cameras leave out the end marker of a JPG that is whole.
#[test]
fn a_picture_that_lacks_its_end_marker_alone_is_shown() {
    let whole = encoded(&photo(300, 200), ImageFormat::Jpeg);
    let seen = |bytes: &[u8]| {
        let ready = prepared(Some(bytes)).unwrap_or_else(|error| panic!("{error}"));
        let Drawable::Picture(frame) = ready else { panic!("it has no alpha") };
        [(0, 0), (150, 100), (299, 199)].map(|(x, y)| codes(&frame, x, y))
    };
    for left_out in [1, 2] {
        assert_eq!(seen(&whole[..whole.len() - left_out]), seen(&whole), "{left_out}");
    }
}

/// Eight bytes, then the header alone says 30,000 x 30,000: 3.6 GB if somebody believed it.
#[test]
fn a_picture_is_refused_for_its_header() {
    let chunk = |kind: &[u8], data: &[u8]| {
        let body = [kind, data].concat();
        let crc = body.iter().fold(u32::MAX, |crc, byte| {
            (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
                if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 }
            })
        });
        [&(data.len() as u32).to_be_bytes()[..], &body, &(!crc).to_be_bytes()].concat()
    };
    let side = 30_000_u32.to_be_bytes();
    let header = chunk(b"IHDR", &[&side[..], &side, &[8, 6, 0, 0, 0]].concat());
    let signature = b"\x89PNG\r\n\x1a\n";
    let bytes = [&signature[..], &header, &chunk(b"IDAT", &[]), &chunk(b"IEND", &[])].concat();
    let error = prepared(Some(&bytes)).err().unwrap();
    assert!(matches!(error, PrepError::TooManyPixels { width: 30_000, .. }), "{error}");
}

/// The colour of what is transparent is not seen beside what is not.
#[test]
fn a_graphic_is_scaled_with_its_alpha() {
    let folder = tempfile::tempdir().unwrap();
    let stripes =
        |x: u32, _| if x.is_multiple_of(2) { Rgba([255; 4]) } else { Rgba([0, 255, 0, 0]) };
    let image = RgbaImage::from_fn(400, 400, stripes);
    let bytes = encoded(&image.into(), ImageFormat::Png);
    std::fs::write(folder.path().join("picture"), bytes).unwrap();
    let kind = |height| ComponentKind::Image { asset: AssetId(2), height };
    let mut preparer = Preparer::default();
    let frame = seen(&mut preparer, kind(Some(0.5)), folder.path());
    assert_eq!(ink(&frame), [230, 90, 409, 269], "half of 360 lines, in the middle");
    let [y, cb, cr] = codes(&frame, 320, 180);
    assert!(y.abs_diff(126) <= 14 && (cb, cr) == (128, 128), "grey, not green: {y} {cb} {cr}");
    let frame = seen(&mut preparer, kind(None), folder.path());
    assert!(width(&frame).abs_diff(133) <= 1, "a third of its pixels on a third of 1,080 lines");
}

#[test]
fn what_is_no_longer_needed_leaves_the_store() {
    let prepared = Prepared::default();
    let key = engine::PrepKey;
    for number in 0..4 {
        prepared.insert(key(number), Drawable::graphic(1, 1, &[255; 4])).unwrap();
    }
    assert_eq!(prepared.retain(|name| name.0 >= 2), [key(0), key(1)]);
    assert!(!prepared.contains(key(0)) && prepared.contains(key(3)));
    assert!(prepared.retain(|_| true).is_empty());
}

/// A background and a still that are prepared are drawn; a background follows its fit.
#[test]
fn prepared_pictures_are_drawn() {
    let mut show = Show::new("Test", LD);
    let (id, path, kind) = (AssetId(2), "picture".to_owned(), AssetKind::Picture);
    show.assets.push(Asset { id, path, kind, hash: None });
    let background = |fit| Background::Picture { asset: id, fit };
    let (white, grey) = ([255_u8; 4], Colour::WHITE.to_bt709());
    for (fit, side) in [(Fit::Fit, Colour::BLACK.to_bt709()), (Fit::Fill, grey)] {
        let (background, panes, audio) = (background(fit), Vec::new(), Vec::new());
        let layout = LayoutId(3);
        show.layouts = vec![Layout { id: layout, name: "L".into(), background, panes, audio }];
        let bus = BusItems { layout: Some(layout), ..BusItems::default() }.pin(&show);
        let prepared = Arc::new(Prepared::default());
        let key = bus.pictures[&id].key;
        prepared.insert(key, Drawable::picture(20, 20, &white.repeat(400))).unwrap();
        let mut compositor = CpuCompositor::new(640, 360, Arc::clone(&prepared));
        let draw = |compositor: &mut CpuCompositor| {
            let picture = Picture::One(Arc::clone(&bus));
            compositor.draw(FrameIndex(0), &picture, &[]).unwrap().1
        };
        let frame = draw(&mut compositor);
        assert_eq!((codes(&frame, 320, 180), codes(&frame, 2, 180)), (grey, side));
        prepared.insert(key, Drawable::picture(1, 1, &[0, 0, 0, 255])).unwrap();
        assert_eq!(codes(&draw(&mut compositor), 320, 180), [16, 128, 128], "a new one is seen");
    }
}
