//! Small pictures of numbers: images, feature maps, filters, each number a square of one colour.
//!
//! Knows canvases and colours; knows nothing of layers.

use super::canvas::{Canvas, Draw};
use crate::plots::Style;
use plotters::style::RGBColor;
use std::rc::Rc;
use wasm_bindgen::{Clamped, JsCast};
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement, ImageData};
use yew::prelude::*;

/// How a number becomes a colour.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Scale {
    /// From paper at 0 to ink at this value.
    Ink(f32),
    /// From one colour at minus this value over paper at 0 to another at plus this value.
    Signed(f32),
}

impl Scale {
    /// Signed if there are negative numbers; the end is the largest size.
    pub(super) fn of(values: &[f32]) -> Scale {
        let most = values.iter().filter(|value| value.is_finite()).fold(0f32, |most, value| most.max(value.abs()));
        if values.iter().any(|&value| value < 0.0) { Scale::Signed(most) } else { Scale::Ink(most) }
    }

    fn color(self, value: f32, style: &Style) -> [u8; 4] {
        let (end, share) = match self {
            Scale::Ink(most) => (style.ink, value / most),
            Scale::Signed(most) if value < 0.0 => (style.series[1], -value / most),
            Scale::Signed(most) => (style.series[0], value / most),
        };
        let share = if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 };
        let mix = |from: u8, to: u8| (f32::from(from) + share * (f32::from(to) - f32::from(from))).round() as u8;
        let RGBColor(r, g, b) = style.paper;
        [mix(r, end.0), mix(g, end.1), mix(b, end.2), 255]
    }
}

/// Maps of equal size, in rows of `across`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Maps {
    /// Map after map, each row by row.
    pub values: Rc<[f32]>,
    /// Height and width of one map.
    pub size: (usize, usize),
    /// Maps side by side.
    pub across: usize,
    /// One scale for all, so that maps can be compared.
    pub scale: Scale,
}

impl Maps {
    /// Height and width of all together, in numbers, with one between maps.
    fn extent(&self) -> (usize, usize) {
        let count = self.values.len() / (self.size.0 * self.size.1).max(1);
        let across = self.across.clamp(1, count.max(1));
        let down = count.div_ceil(across);
        (down * (self.size.0 + 1) - 1, across * (self.size.1 + 1) - 1)
    }

    /// The colours of all numbers, row by row; transparent between maps.
    fn pixels(&self, style: &Style) -> Vec<u8> {
        let ((height, width), (rows, columns)) = (self.size, self.extent());
        let mut pixels = vec![0; 4 * rows * columns];
        for (index, map) in self.values.chunks_exact(height * width).enumerate() {
            let (top, left) = (index / self.across * (height + 1), index % self.across * (width + 1));
            for (at, &value) in map.iter().enumerate() {
                let place = 4 * ((top + at / width) * columns + left + at % width);
                pixels[place..place + 4].copy_from_slice(&self.scale.color(value, style));
            }
        }
        pixels
    }
}

/// Draws maps as large as their box is wide, every number an equal square.
pub(super) fn view(maps: &Maps, version: u64, label: String, class: &'static str) -> Html {
    let (rows, columns) = maps.extent();
    let style = format!("aspect-ratio: {columns} / {rows}; --columns: {columns}; --rows: {rows}");
    html! { <div class={classes!("pixels", class)} {style}><Canvas {version} label={label} draw={painter(maps.clone())} /></div> }
}

/// The picture of an image of bytes.
pub(super) fn image(pixels: &[u8], version: u64, label: String, class: &'static str) -> Html {
    let values: Rc<[f32]> = pixels.iter().map(|&byte| f32::from(byte)).collect();
    view(&Maps { values, size: (28, 28), across: 1, scale: Scale::Ink(255.0) }, version, label, class)
}

fn painter(maps: Maps) -> Draw {
    Rc::new(move |canvas, style| {
        // A canvas that cannot be drawn on stays as it was.
        let _ = paint(canvas, &maps, style);
    })
}

fn paint(canvas: &HtmlCanvasElement, maps: &Maps, style: &Style) -> Option<()> {
    let (rows, columns) = maps.extent();
    let pixels = maps.pixels(style);
    let data = ImageData::new_with_u8_clamped_array_and_sh(Clamped(&pixels), columns as u32, rows as u32).ok()?;
    let small: HtmlCanvasElement = gloo::utils::document().create_element("canvas").ok()?.dyn_into().ok()?;
    small.set_width(columns as u32);
    small.set_height(rows as u32);
    context(&small)?.put_image_data(&data, 0.0, 0.0).ok()?;
    let large = context(canvas)?;
    let (width, height) = (f64::from(canvas.width()), f64::from(canvas.height()));
    large.clear_rect(0.0, 0.0, width, height);
    large.set_image_smoothing_enabled(false);
    large.draw_image_with_html_canvas_element_and_dw_and_dh(&small, 0.0, 0.0, width, height).ok()
}

/// A canvas's two-dimensional context.
pub(super) fn context(canvas: &HtmlCanvasElement) -> Option<CanvasRenderingContext2d> {
    canvas.get_context("2d").ok()??.dyn_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn maps_lie_in_rows_with_a_gap() {
        let maps = Maps { values: vec![1.0; 3 * 4].into(), size: (2, 2), across: 2, scale: Scale::Ink(1.0) };
        assert_eq!(maps.extent(), (5, 5));
        let pixels = maps.pixels(&Style::default());
        let alpha = |row: usize, column: usize| pixels[4 * (row * 5 + column) + 3];
        assert_eq!((alpha(0, 0), alpha(0, 2), alpha(0, 3), alpha(2, 0), alpha(3, 0), alpha(3, 3)), (255, 0, 255, 0, 255, 0));
    }

    #[test]
    fn negative_numbers_ask_for_a_signed_scale() {
        assert_eq!(Scale::of(&[0.0, 2.0]), Scale::Ink(2.0));
        assert_eq!(Scale::of(&[-3.0, 2.0, f32::NAN]), Scale::Signed(3.0));
        let style = Style::default();
        assert_eq!(Scale::Signed(1.0).color(0.0, &style), [255, 255, 255, 255]);
        assert_eq!(Scale::Ink(0.0).color(0.0, &style), [255, 255, 255, 255]);
    }
}
