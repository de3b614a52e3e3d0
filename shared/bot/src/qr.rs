//! A link as a QR code picture.

use png::{BitDepth, ColorType, Encoder};
use qrcode::{Color, EcLevel, QrCode};
use thiserror::Error;

/// The light border that the standard asks for, in modules.
const QUIET: usize = 4;

/// The picture is at least this wide, in pixels; Telegram blurs smaller ones.
const WIDTH: usize = 512;

/// A link that cannot be drawn.
#[derive(Debug, Error)]
pub enum QrError {
    /// Longer than a code can hold (about 2300 bytes).
    #[error("too long for a QR code")]
    TooLong(#[source] qrcode::types::QrError),
    /// The picture could not be written.
    #[error("the picture could not be written")]
    Png(#[from] png::EncodingError),
}

/// The QR code of `link` as a black and white PNG file, square, 512 pixels or a little more.
pub fn png(link: &str) -> Result<Vec<u8>, QrError> {
    let code = QrCode::with_error_correction_level(link, EcLevel::M).map_err(QrError::TooLong)?;
    let modules = code.width() + 2 * QUIET;
    let scale = WIDTH.div_ceil(modules);
    let rows = rows(&code, scale);
    let side = u32::try_from(modules * scale).unwrap_or(u32::MAX);
    let mut file = Vec::with_capacity(8 * 1024);
    let mut encoder = Encoder::new(&mut file, side, side);
    encoder.set_color(ColorType::Grayscale);
    encoder.set_depth(BitDepth::One);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&rows)?;
    writer.finish()?;
    Ok(file)
}

/// All pixels, eight to a byte, a row padded to a whole byte; 1 is white.
fn rows(code: &QrCode, scale: usize) -> Vec<u8> {
    let modules = code.width() + 2 * QUIET;
    let bytes = (modules * scale).div_ceil(8);
    let colors = code.to_colors();
    let dark = |x: usize, y: usize| {
        let inside = QUIET..QUIET + code.width();
        inside.contains(&x)
            && inside.contains(&y)
            && colors.get((y - QUIET) * code.width() + x - QUIET) == Some(&Color::Dark)
    };
    let mut picture = Vec::with_capacity(bytes * modules * scale);
    for y in 0..modules {
        let mut row = vec![0xff_u8; bytes];
        for pixel in (0..modules * scale).filter(|pixel| dark(pixel / scale, y)) {
            if let Some(byte) = row.get_mut(pixel / 8) {
                *byte &= !(0x80 >> (pixel % 8));
            }
        }
        for _ in 0..scale {
            picture.extend_from_slice(&row);
        }
    }
    picture
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINK: &str = "https://sub.example.com/AbCdEfGhIjKlMnOp";

    #[test]
    fn the_picture_reads_back_module_by_module() {
        let file = png(LINK).unwrap();
        let mut reader = png::Decoder::new(std::io::Cursor::new(&file)).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let frame = reader.next_frame(&mut pixels).unwrap();
        let code = QrCode::with_error_correction_level(LINK, EcLevel::M).unwrap();
        let modules = code.width() + 2 * QUIET;
        let side = frame.width as usize;
        assert_eq!((frame.height as usize, side % modules), (side, 0));
        assert!((WIDTH..WIDTH + modules).contains(&side));
        let scale = side / modules;
        let dark = |x: usize, y: usize| {
            let (column, row) = (x * scale + scale / 2, y * scale + scale / 2);
            pixels[row * frame.line_size + column / 8] & (0x80 >> (column % 8)) == 0
        };
        for y in 0..code.width() {
            for x in 0..code.width() {
                assert_eq!(dark(x + QUIET, y + QUIET), code[(x, y)] == Color::Dark, "{x} {y}");
            }
        }
        assert!(!(0..modules).any(|edge| dark(edge, 0) || dark(0, edge) || dark(edge, modules - 1)));
    }

    #[test]
    fn what_cannot_be_drawn_is_an_error() {
        assert!(matches!(png(&"x".repeat(5000)), Err(QrError::TooLong(_))));
    }
}
