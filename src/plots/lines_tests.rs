//! Tests of curves: what is drawn, as SVG, and what is not.

use super::*;

fn svg(series: &[Series], log: bool) -> String {
    let mut out = String::new();
    {
        let area = SVGBackend::with_string(&mut out, (400, 240)).into_drawing_area();
        let axes = Axes { x: "step", y: "loss (nats)", log, y_range: None };
        draw(&area, series, &axes, &Style::default()).unwrap();
    }
    out
}

fn loss(points: &[(f64, f64)]) -> Vec<Series> {
    vec![Series { name: "loss".into(), color: 0, points: points.to_vec(), look: Look::Line }]
}

#[test]
fn axes_carry_their_units() {
    let out = svg(&loss(&[(1.0, 2.3), (100.0, 0.1)]), false);
    assert!(out.contains("loss (nats)") && out.contains("step") && out.contains("100"), "{out}");
}

#[test]
fn a_log_axis_names_the_values_themselves() {
    let out = svg(&loss(&[(1.0, 1.0), (100.0, 0.001)]), true);
    assert!(out.contains("0.01") || out.contains("0.1"), "{out}");
}

#[test]
fn nothing_and_one_point_can_be_drawn() {
    svg(&[], true);
    svg(&loss(&[]), false);
    svg(&loss(&[(1.0, 0.0)]), true);
}

#[test]
fn a_curve_that_ends_in_nan_says_where() {
    let out = svg(&loss(&[(1.0, 2.0), (2.0, f64::NAN), (3.0, 5.0), (12.0, f64::INFINITY), (13.0, f64::NAN)]), false);
    assert!(out.contains("not finite from step 12 on"), "{out}");
}

#[test]
fn what_is_out_of_range_is_not_drawn_at_the_edge() {
    let draw_to = |points: &[(f64, f64)]| {
        let mut out = String::new();
        {
            let area = SVGBackend::with_string(&mut out, (400, 240)).into_drawing_area();
            let axes = Axes { x: "step", y: "test accuracy (%)", log: false, y_range: Some((80.0, 100.0)) };
            let series = [Series { name: "test".into(), color: 1, points: points.to_vec(), look: Look::Marked }];
            draw(&area, &series, &axes, &Style::default()).unwrap();
        }
        out.matches("<circle").count()
    };
    assert_eq!(draw_to(&[(50.0, 10.0), (100.0, 91.0), (150.0, 97.0)]), 2);
}

#[test]
fn thinning_keeps_the_extremes_in_order() {
    let points: Vec<(f64, f64)> = (0..100_000).map(|i| (f64::from(i), if i == 54_321 { 9.0 } else { f64::from(i % 7) })).collect();
    let kept = thin(&points, 300);
    assert!(kept.len() <= 601 && kept.contains(&(54_321.0, 9.0)));
    assert!(kept.is_sorted_by_key(|point| point.0));
    assert_eq!(kept.last(), points.last());
    let mut broken = points;
    broken[54_180].1 = f64::NAN;
    assert!(thin(&broken, 300).contains(&(54_321.0, 9.0)));
}

fn svg_view(series: &[Series], view: &View) -> (String, Frame) {
    let mut out = String::new();
    let frame = {
        let area = SVGBackend::with_string(&mut out, (400, 240)).into_drawing_area();
        let axes = Axes { x: "step", y: "loss (nats)", log: false, y_range: None };
        draw_view(&area, series, &axes, view, &Style::default()).unwrap()
    };
    (out, frame)
}

fn curve(name: &str, look: Look, points: &[(f64, f64)]) -> Series {
    Series { name: name.into(), color: 0, points: points.to_vec(), look }
}

#[test]
fn a_pixel_has_a_step_on_both_kinds_of_axes() {
    let points: Vec<(f64, f64)> = (1..=1000).map(|step| (f64::from(step), 1.0)).collect();
    let series = [curve("loss", Look::Line, &points)];
    for view in [View::default(), View { log_x: true, ..View::default() }, View { steps: Some((200.0, 300.0)), ..View::default() }] {
        let (_, frame) = svg_view(&series, &view);
        let (left, right) = frame.pixels;
        assert!(left > 50.0 && right < 400.0 && left < right, "{frame:?}");
        let (first, last) = frame.steps();
        let (from, to) = view.steps.unwrap_or((if view.log_x { 1.0 } else { 0.0 }, 1000.0));
        assert!((first - from).abs() < 1e-6 && (last - to).abs() < 1e-6, "{frame:?}");
        let middle = frame.step((left + right) / 2.0);
        let wanted = if view.log_x { (from * to).sqrt() } else { (from + to) / 2.0 };
        assert!((middle - wanted).abs() < 1e-6, "{middle}");
        assert_eq!((frame.step(-5.0), frame.step(1e6)), (first, last));
    }
}

#[test]
fn a_range_shows_its_values_at_their_size() {
    let points = [(0.0, 100.0), (10.0, 1.0), (20.0, 2.0), (30.0, 50.0)];
    let (whole, _) = svg_view(&[curve("loss", Look::Marked, &points)], &View::default());
    let (near, _) = svg_view(&[curve("loss", Look::Marked, &points)], &View { steps: Some((9.0, 21.0)), ..View::default() });
    assert_eq!((whole.matches("<circle").count(), near.matches("<circle").count()), (4, 2));
    // Cut where it crosses the edges, between two values.
    assert_eq!(seen(&points, (15.0, 25.0)), [(15.0, 1.5), (20.0, 2.0), (25.0, 26.0)]);
    assert_eq!(seen(&points, (12.0, 18.0)), [(12.0, 1.2), (18.0, 1.8)]);
}

#[test]
fn a_band_is_one_area_and_ghosts_are_thin() {
    let band = curve("spread", Look::Band, &[(1.0, 1.0), (2.0, 1.5), (1.0, 3.0), (2.0, 2.5)]);
    assert_eq!(svg_view(&[band], &View::default()).0.matches("<polygon").count(), 1);
    let points = [(1.0, 1.0), (50.0, 2.0), (100.0, 1.0)];
    let lines = |look| svg_view(&[curve("run 1", look, &points)], &View::default()).0.matches("<polyline").count();
    // A dashed line is many short ones.
    assert!(lines(Look::Ghost(1, false)) > lines(Look::Ghost(0, false)) + 5);
    assert_eq!(svg_view(&[curve("run 1", Look::Ghost(0, true), &points)], &View::default()).0.matches("<circle").count(), 3);
}

#[test]
fn a_hair_line_marks_the_values_beside_it() {
    let series = [curve("train", Look::Line, &[(1.0, 1.0), (2.0, 2.0)]), curve("test", Look::Line, &[(1.0, f64::NAN), (9.0, 1.0)])];
    let (out, _) = svg_view(&series, &View { cursor: Some(2.0), ..View::default() });
    assert_eq!(out.matches("<circle").count(), 2);
    assert_eq!(nearest(&series[1].points, 1.0), Some((9.0, 1.0)));
    assert_eq!(nearest(&series[0].points, 1.4), Some((1.0, 1.0)));
    assert_eq!(nearest(&[], 1.0), None);
}

#[test]
fn a_picture_that_leaves_the_page_names_its_curves() {
    let series = [curve("training loss", Look::Line, &[(1.0, 1.0)]), curve("an earlier run", Look::Ghost(2, false), &[(1.0, 2.0)])];
    let (out, _) = svg_view(&series, &View { legend: true, ..View::default() });
    assert!(out.contains("training loss") && out.contains("an earlier run"), "{out}");
    assert!(!svg_view(&series, &View::default()).0.contains("an earlier run"));
}
