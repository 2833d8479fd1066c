//! A plot as a file: the same drawing as on the page, with its curves named in the picture.

use super::super::{canvas, save};
use crate::plots::Style;
use crate::plots::lines::{Axes, Series, View, draw_view};
use gloo::file::Blob;
use plotters::prelude::{IntoDrawingArea, SVGBackend};
use plotters_canvas::CanvasBackend;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::HtmlCanvasElement;

/// Pixels of a saved picture for every CSS pixel.
const SHARPNESS: u32 = 2;

/// What is drawn, and how large, in CSS pixels.
pub(super) struct Picture<'a> {
    pub title: &'a str,
    pub series: &'a [Series],
    pub axes: &'a Axes,
    pub view: View,
    pub size: (u32, u32),
}

impl Picture<'_> {
    fn view(&self) -> View {
        View { cursor: None, legend: true, ..self.view.clone() }
    }

    fn name(&self, ending: &str) -> String {
        format!("{}-{}.{ending}", save::page(), save::slug(self.title))
    }

    pub(super) fn save_svg(&self) {
        if let Some(text) = svg(self.series, self.axes, &self.view(), self.size, &canvas::theme(1.0)) {
            save::text(&self.name("svg"), "image/svg+xml", &text);
        }
    }

    pub(super) fn save_png(&self) {
        let made = gloo::utils::document().create_element("canvas").ok().and_then(|made| made.dyn_into::<HtmlCanvasElement>().ok());
        let Some(surface) = made else { return };
        surface.set_width(SHARPNESS * self.size.0);
        surface.set_height(SHARPNESS * self.size.1);
        let Some(backend) = CanvasBackend::with_canvas_object(surface.clone()) else { return };
        let area = backend.into_drawing_area();
        let style = canvas::theme(SHARPNESS.into());
        if draw_view(&area, self.series, self.axes, &self.view(), &style).is_err() || area.present().is_err() {
            return;
        }
        let name = self.name("png");
        let done = Closure::once_into_js(move |made: Option<web_sys::Blob>| {
            if let Some(made) = made {
                save::blob(&name, Blob::from(made));
            }
        });
        // A canvas that cannot be written saves nothing.
        let _ = surface.to_blob(done.unchecked_ref());
    }

    pub(super) fn save_csv(&self) {
        save::text(&self.name("csv"), "text/csv", &crate::plots::table::csv(self.series, self.axes));
    }
}

fn svg(series: &[Series], axes: &Axes, view: &View, size: (u32, u32), style: &Style) -> Option<String> {
    let mut text = String::new();
    {
        let area = SVGBackend::with_string(&mut text, size).into_drawing_area();
        draw_view(&area, series, axes, view, style).and_then(|_| area.present()).ok()?;
    }
    Some(text)
}
