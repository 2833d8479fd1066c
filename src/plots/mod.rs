//! Pure drawing: numbers onto a plotters area.
//!
//! Knows styles and numbers; knows nothing of Yew, canvases, workers or tensors.

pub mod histogram;
pub mod lines;
pub mod seeds;
pub mod table;

use plotters::style::RGBColor;

/// How plots look: colours of the theme, and sizes in the pixels of the surface.
#[derive(Clone, Debug, PartialEq)]
pub struct Style {
    /// Text and axes.
    pub ink: RGBColor,
    /// Labels.
    pub quiet: RGBColor,
    /// Grid lines.
    pub grid: RGBColor,
    /// Background.
    pub paper: RGBColor,
    /// Colours of the series, told apart by the colour-blind too.
    pub series: [RGBColor; 6],
    /// A font family.
    pub font: String,
    /// Pixels of the surface per CSS pixel.
    pub scale: f64,
}

impl Default for Style {
    fn default() -> Self {
        Style {
            ink: RGBColor(34, 34, 34),
            quiet: RGBColor(110, 110, 110),
            grid: RGBColor(228, 228, 228),
            paper: RGBColor(255, 255, 255),
            series: [
                RGBColor(0, 92, 158),
                RGBColor(194, 78, 0),
                RGBColor(0, 122, 94),
                RGBColor(160, 70, 140),
                RGBColor(120, 100, 0),
                RGBColor(90, 90, 90),
            ],
            font: "sans-serif".into(),
            scale: 1.0,
        }
    }
}

impl Style {
    /// CSS pixels to pixels of the surface.
    pub fn px(&self, css: f64) -> u32 {
        (css * self.scale).round().max(1.0) as u32
    }
}

/// A number for an axis or a read-out: short, without noise.
pub fn short(value: f64) -> String {
    let size = value.abs();
    if value == 0.0 {
        "0".into()
    } else if !value.is_finite() {
        "not finite".into()
    } else if (1e-4..1e5).contains(&size) {
        let digits = (3 - size.log10().floor() as i32 - 1).clamp(0, 6) as usize;
        let text = format!("{value:.digits$}");
        if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_string() } else { text }
    } else {
        let exponent = size.log10().floor() as i32;
        let mantissa = format!("{:.1}", value / 10f64.powi(exponent));
        format!("{}e{exponent}", mantissa.trim_end_matches('0').trim_end_matches('.'))
    }
}

/// Numbers to stand under one another: as many decimals in each as the smallest needs for three figures, six at most.
pub fn aligned(values: &[f64]) -> Vec<String> {
    let needed = |value: &f64| (2 - value.abs().log10().floor() as i32).clamp(0, 6);
    let finite = || values.iter().filter(|value| value.is_finite() && **value != 0.0);
    // Too large or too small for a column of decimals.
    if finite().any(|value| !(1e-4..1e7).contains(&value.abs())) {
        return values.iter().map(|value| short(*value)).collect();
    }
    let digits = finite().map(needed).max().unwrap_or(0) as usize;
    values.iter().map(|value| if value.is_finite() { format!("{value:.digits$}") } else { short(*value) }).collect()
}

#[cfg(test)]
mod tests {
    use super::{aligned, short};

    #[test]
    fn numbers_under_one_another_have_as_many_decimals() {
        assert_eq!(aligned(&[2.34567, 0.1234, f64::NAN, 0.0]), ["2.346", "0.123", "not finite", "0.000"]);
        assert_eq!(aligned(&[97.25, 98.0]), ["97.2", "98.0"]);
        assert_eq!(aligned(&[1e-7, 1.0]), ["1e-7", "1"]);
        assert_eq!(aligned(&[]), Vec::<String>::new());
    }

    #[test]
    fn numbers_are_short() {
        for (value, expected) in [
            (0.0, "0"),
            (0.5, "0.5"),
            (2.34567, "2.35"),
            (12.345, "12.3"),
            (1000.0, "1000"),
            (0.001, "0.001"),
            (1e-4, "0.0001"),
            (2.5e-7, "2.5e-7"),
            (-0.25, "-0.25"),
        ] {
            assert_eq!(short(value), expected);
        }
        assert_eq!(short(f64::NAN), "not finite");
    }
}
