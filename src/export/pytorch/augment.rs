//! Data augmentation as Python, of grey images with intensities from 0 to 1.
//!
//! Knows what the engine does to an image, in its order; knows nothing of where the images come from.

use super::float;
use stride_engine::ops::Augmentation;

/// `augment(images)`, or nothing if nothing is done. Saturation does nothing to grey images, and so is left out.
pub(super) fn augmentation(a: &Augmentation) -> Option<String> {
    if a.is_none() {
        return None;
    }
    let mut lines: Vec<String> = vec![
        "def augment(images):".into(),
        "    \"\"\"Changes grey images [batch, 1, height, width], intensities from 0 to 1, each in its own way.\"\"\"".into(),
        "    batch, _, height, width = images.shape".into(),
        "    device = images.device".into(),
    ];
    let mut line = |text: &str| lines.push(format!("    {text}"));
    let draws: Vec<usize> = [a.shift, a.crop_padding].into_iter().filter(|pixels| *pixels > 0).collect();
    if !draws.is_empty() || a.flip {
        line("rows = torch.arange(height, device=device).repeat(batch, 1)");
        line("columns = torch.arange(width, device=device).repeat(batch, 1)");
        if a.flip {
            line("mirrored = torch.rand(batch, 1, device=device) < 0.5");
            line("columns = torch.where(mirrored, width - 1 - columns, columns)");
        }
        for pixels in draws {
            line(&format!("rows = rows - torch.randint(-{pixels}, {}, (batch, 1), device=device)", pixels + 1));
            line(&format!("columns = columns - torch.randint(-{pixels}, {}, (batch, 1), device=device)", pixels + 1));
        }
        line("# What comes in from outside is black.");
        line("inside = ((rows >= 0) & (rows < height))[:, :, None] & ((columns >= 0) & (columns < width))[:, None, :]");
        line("rows, columns = rows.clamp(0, height - 1)[:, :, None], columns.clamp(0, width - 1)[:, None, :]");
        line("images = (images[torch.arange(batch, device=device)[:, None, None], 0, rows, columns] * inside)[:, None]");
    }
    if a.brightness > 0.0 {
        line(&factor(a.brightness));
        line("images = (images * factor).clamp(0, 1)");
    }
    if a.contrast > 0.0 {
        line(&factor(a.contrast));
        line("mean = images.mean(dim=(2, 3), keepdim=True)");
        line("images = (mean + (images - mean) * factor).clamp(0, 1)");
    }
    if a.cutout > 0 {
        line("# A square of the data set's mean, whose centre lies anywhere in the image.");
        for (name, size) in [("rows", "height"), ("columns", "width")] {
            line(&format!("first = torch.randint({size}, (batch, 1), device=device) - {}", a.cutout / 2));
            line(&format!("at = torch.arange({size}, device=device)"));
            line(&format!("{name} = (at >= first) & (at < first + {})", a.cutout));
        }
        line("images = torch.where((rows[:, :, None] & columns[:, None, :])[:, None], MEAN, images)");
    }
    line("return images\n");
    Some(lines.join("\n"))
}

fn factor(range: f32) -> String {
    let least = (1.0 - range).max(0.0);
    format!("factor = torch.empty(batch, 1, 1, 1, device=device).uniform_({}, {})", float(least), float(1.0 + range))
}
