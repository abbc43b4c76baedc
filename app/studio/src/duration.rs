//! Parses durations.

/// The longest duration, in milliseconds: a year. Frames and nanoseconds of it are far from any overflow.
pub const MAX_MILLIS: u64 = 366 * 24 * 3_600_000;

/// Parses a duration into milliseconds, at most [`MAX_MILLIS`]: `30s`, `1500ms`, `5m`, `2h`; a number alone is
/// seconds.
///
/// # Errors
/// What to write instead.
pub fn millis(text: &str) -> Result<u64, String> {
    let wrong = || format!("\"{text}\" is not a duration: write for example 30s, 5m or 2h");
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let number: u64 = text[..end].parse().map_err(|_| wrong())?;
    let unit = match &text[end..] {
        "ms" => 1,
        "" | "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => return Err(wrong()),
    };
    let millis = number.checked_mul(unit).filter(|millis| *millis <= MAX_MILLIS);
    millis.ok_or_else(|| format!("\"{text}\" is too long: a year is the most, 8784h"))
}
