//! Whether a screenshot shows something.

use std::{collections::BTreeSet, path::PathBuf};

pub struct Picture {
    pub width: u32,
    pub height: u32,
    colors: usize,
}

/// Decodes a PNG and counts its colors.
pub fn read(bytes: &[u8]) -> Picture {
    let mut reader = png::Decoder::new(std::io::Cursor::new(bytes)).read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut pixels).unwrap();
    let colors: BTreeSet<&[u8]> = pixels.chunks_exact(info.color_type.samples()).collect();
    Picture { width: info.width, height: info.height, colors: colors.len() }
}

/// Keeps a screenshot as `target/screenshots/<name>.png` and makes sure that it is one.
pub fn keep(name: &str, bytes: &[u8]) -> Picture {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../target/screenshots");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join(format!("{name}.png")), bytes).unwrap();
    let picture = read(bytes);
    assert!(picture.colors > 100, "{name}: {} colors, the page is blank", picture.colors);
    picture
}
