//! How the numbers of a tensor are spread, small.

use super::{Style, short};
use plotters::coord::Shift;
use plotters::prelude::*;

/// Draws bars for equal bins from `low` to `high`; heights are logarithmic, so that rare values show beside a spike.
pub fn draw<DB: DrawingBackend>(
    area: &DrawingArea<DB, Shift>,
    (low, high): (f64, f64),
    counts: &[u32],
    color: usize,
    style: &Style,
) -> Result<(), DrawingAreaErrorKind<DB::ErrorType>> {
    area.fill(&style.paper)?;
    let (width, height) = area.dim_in_pixel();
    let floor = height.saturating_sub(style.px(16.0)) as i32;
    let color = style.series[color % style.series.len()];
    let most = counts.iter().copied().max().unwrap_or(0).max(1);
    for (index, &count) in counts.iter().enumerate().filter(|(_, count)| **count > 0) {
        let left = (index * width as usize / counts.len()) as i32;
        let right = ((index + 1) * width as usize / counts.len()) as i32;
        let bar = (f64::from(count).ln_1p() / f64::from(most).ln_1p() * f64::from(floor - 1)).ceil() as i32;
        area.draw(&Rectangle::new([(left, floor - bar), ((right - 1).max(left + 1), floor)], color.filled()))?;
    }
    area.draw(&PathElement::new(vec![(0, floor), (width as i32, floor)], style.quiet.stroke_width(style.px(1.0))))?;
    let font = (style.font.as_str(), style.px(11.0)).into_font().color(&style.quiet);
    let text = style.px(3.0) as i32;
    area.draw(&Text::new(short(low), (0, floor + text), font.clone()))?;
    let right = short(high);
    let (text_width, _) = area.estimate_text_size(&right, &font)?;
    area.draw(&Text::new(right, (width as i32 - text_width as i32, floor + text), font.clone()))?;
    if low < 0.0 && high > 0.0 {
        let zero = (-low / (high - low) * f64::from(width)) as i32;
        area.draw(&PathElement::new(vec![(zero, 0), (zero, floor)], style.quiet.mix(0.5).stroke_width(style.px(1.0))))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bin_that_is_not_empty_has_a_bar_and_the_ends_are_named() {
        let mut out = String::new();
        {
            let area = SVGBackend::with_string(&mut out, (200, 60)).into_drawing_area();
            draw(&area, (-1.5, 2.0), &[5, 0, 1000, 1], 0, &Style::default()).unwrap();
        }
        // The background is a rectangle too.
        assert_eq!(out.matches("<rect").count(), 1 + 3, "{out}");
        assert!(out.contains("-1.5") && out.contains('2'), "{out}");
    }
}
