//! What has been measured so far, as numbers, as words, and as a plain-text table.
//!
//! Knows workloads and speeds; knows nothing of components or workers.

use crate::bench::{Network, SWEEP, Training, Workload};
use crate::protocol::Speed;

/// A product of the next size is measured only if one took no longer than this, in milliseconds.
const PATIENCE_MS: f64 = 150.0;

/// The product that is shown among the workloads; its size is one of [`SWEEP`].
const SHOWN: usize = 512;

/// A workload with what came of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Figure {
    pub workload: Workload,
    pub speed: Speed,
}

impl Figure {
    /// 10^9 floating-point operations a second.
    pub(super) fn gflops(&self) -> f64 {
        self.workload.flops().map_or(0.0, |flops| flops as f64 / self.speed.ms_per_step / 1e6)
    }

    fn images_per_second(&self) -> Option<f64> {
        let images = self.workload.images();
        (images > 0).then(|| 1000.0 * images as f64 / self.speed.ms_per_step)
    }
}

/// Figures, in the order in which they were measured.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Figures(Vec<Figure>);

/// Everything that is measured, in order: the products first, because the others are held against the best of them.
pub(super) fn agenda() -> Vec<Workload> {
    let steps = [Network::Mlp, Network::LeNet, Network::ResNet].map(|network| Workload::Step(Training::standard(network)));
    SWEEP.map(|size| Workload::Product { size }).into_iter().chain(steps).collect()
}

/// What the table has a row for.
pub(super) fn rows() -> Vec<Workload> {
    agenda().into_iter().filter(|workload| !matches!(workload, Workload::Product { size } if *size != SHOWN)).collect()
}

/// A line of the table, as text: milliseconds a step, images a second, GFLOP/s, share of the limit from 0 to 1.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Line {
    pub ms: String,
    pub images: String,
    pub gflops: String,
    pub share: Option<f64>,
}

impl Figures {
    pub(super) fn push(&mut self, figure: Figure) {
        self.0.push(figure);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn of(&self, workload: &Workload) -> Option<&Figure> {
        self.0.iter().find(|figure| figure.workload == *workload)
    }

    /// Whether a workload is left out, because it would take too long on this device.
    pub(super) fn leaves_out(&self, workload: &Workload) -> bool {
        let slow = |figure: &Figure| matches!(figure.workload, Workload::Product { .. }) && figure.speed.ms_per_step > PATIENCE_MS;
        matches!(workload, Workload::Product { size } if *size > SHOWN) && self.0.iter().any(slow)
    }

    /// The product that reached most, so far.
    pub(super) fn limit(&self) -> Option<&Figure> {
        let products = self.0.iter().filter(|figure| matches!(figure.workload, Workload::Product { .. }));
        products.max_by(|a, b| a.gflops().total_cmp(&b.gflops()))
    }

    /// The line of a workload, if it has been measured.
    pub(super) fn line(&self, workload: &Workload) -> Option<Line> {
        self.of(workload).map(|figure| Line {
            ms: number(figure.speed.ms_per_step),
            images: figure.images_per_second().map_or("–".into(), number),
            gflops: number(figure.gflops()),
            share: self.limit().map(|limit| figure.gflops() / limit.gflops()),
        })
    }

    /// A table for a letter: no markup, columns of one width.
    pub(super) fn text(&self, device: &str, browser: &str, date: &str) -> String {
        let mut lines = vec![format!("Stride {}: what this device does", env!("CARGO_PKG_VERSION")), String::new()];
        lines.extend([("device", device), ("browser", browser), ("date", date)].map(|(name, value)| format!("{name:<9}{value}")));
        if let Some(limit) = self.limit() {
            lines.push(format!("{:<9}{} GFLOP/s ({})", "limit", number(limit.gflops()), lower(&limit.workload.title())));
        }
        lines.push(String::new());
        let mut row = |cells: [&str; 5]| {
            let [name, numbers @ ..] = cells;
            let numbers: Vec<String> = numbers.into_iter().map(|cell| format!("{cell:>12}")).collect();
            lines.push(format!("{name:<27}{}", numbers.concat()));
        };
        row(["one step of", "ms", "images/s", "GFLOP/s", "of limit"]);
        for workload in rows() {
            let title = match workload {
                Workload::Step(training) => format!("{}, batch {}", training.network.title(), training.batch),
                Workload::Product { .. } => workload.title(),
            };
            match self.line(&workload) {
                Some(line) => row([&title, &line.ms, &line.images, &line.gflops, &percent(line.share)]),
                None => row([&title, "–", "–", "–", "–"]),
            }
        }
        lines.join("\n") + "\n"
    }
}

/// With a small first letter.
fn lower(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_lowercase().to_string()).unwrap_or_default() + letters.as_str()
}

/// A share as a percentage.
pub(super) fn percent(share: Option<f64>) -> String {
    share.map_or("–".into(), |share| format!("{:.0} %", 100.0 * share))
}

/// Three figures and no more, with thousands set apart.
pub(super) fn number(value: f64) -> String {
    let digits = match value {
        value if value < 1.0 => 3,
        value if value < 10.0 => 2,
        value if value < 100.0 => 1,
        _ => 0,
    };
    let text = format!("{value:.digits$}");
    let whole = text.split('.').next().unwrap_or_default().len();
    let mut spaced = String::new();
    for (index, letter) in text.chars().enumerate() {
        if index > 0 && index < whole && (whole - index).is_multiple_of(3) {
            spaced.push(',');
        }
        spaced.push(letter);
    }
    spaced
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figure(name: &str, ms_per_step: f64) -> Figure {
        let speed = Speed { steps: 3, ms_per_step, loss: 1.0, memory_bytes: 1 };
        Figure { workload: Workload::named(name).unwrap(), speed }
    }

    #[test]
    fn numbers_have_three_figures() {
        let got = [0.1234, 1.234, 12.34, 123.4, 1234.5, 1_234_567.8].map(number);
        assert_eq!(got, ["0.123", "1.23", "12.3", "123", "1,234", "1,234,568"]);
    }

    #[test]
    fn everything_is_held_against_the_best_product() {
        let mut figures = Figures::default();
        assert!(figures.limit().is_none() && figures.is_empty());
        for (name, ms) in [("matmul256", 4.0), ("matmul512", 40.0), ("mlp", 20.0)] {
            figures.push(figure(name, ms));
        }
        // 2 * 256^3 operations in 4 ms; 512^3 take eight times as many in ten times as long.
        assert!((figures.limit().unwrap().gflops() - 8.388608).abs() < 1e-9);
        let line = figures.line(&Workload::named("matmul512").unwrap()).unwrap();
        assert!((line.share.unwrap() - 0.8).abs() < 1e-9);
        assert_eq!((line.images.as_str(), line.gflops.as_str()), ("–", "6.71"));
        let line = figures.line(&Workload::named("mlp").unwrap()).unwrap();
        assert_eq!(line.images, "6,400");
        assert_eq!(figures.line(&Workload::named("resnet").unwrap()), None);
        assert_eq!(percent(line.share), format!("{:.0} %", 100.0 * 104.726528 / 20.0 / 8.388608));
    }

    #[test]
    fn what_would_take_long_is_left_out_but_never_what_is_shown() {
        let mut figures = Figures::default();
        figures.push(figure("matmul256", 200.0));
        assert!(figures.leaves_out(&Workload::Product { size: 768 }));
        assert!(rows().iter().all(|workload| !figures.leaves_out(workload)));
    }

    #[test]
    fn the_text_is_a_table() {
        let mut figures = Figures::default();
        figures.push(figure("matmul512", 20.0));
        figures.push(figure("resnet", 100.0));
        let text = figures.text("a device", "a browser", "a date");
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[2], "device   a device");
        assert_eq!(lines[5], "limit    13.4 GFLOP/s (matrix product, 512 × 512)");
        let width = |line: &str| line.chars().count();
        assert!(lines[7..].iter().all(|line| width(line) == width(lines[7])), "{text}");
        assert_eq!(lines.len(), 8 + rows().len());
        assert!(lines[8].ends_with("100 %") && lines[11].contains("160") && lines[9].ends_with("–"), "{text}");
    }
}
