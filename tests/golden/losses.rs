//! Losses: the value and the gradient.

use super::set::{Case, Set};
use stride_engine::autodiff::backward;
use stride_engine::device::Device;
use stride_engine::evaluate::evaluate;
use stride_engine::graph::{Element, Graph};
use stride_engine::ops::{self, Reduction};
use stride_engine::shape::Shape;

pub async fn run(set: &Set, case: &Case, device: &Device, wait: &impl AsyncFn()) -> Result<(), String> {
    let text = |error: stride_engine::error::Error| error.to_string();
    let (x, target) = (set.tensor(case, "x")?, set.tensor(case, "target")?);
    let mut graph = Graph::new();
    let x_node = graph.input("x", Shape::new(&x.shape), Element::F32);
    let target_node = graph.input("target", Shape::new(&target.shape), Element::F32);
    let loss = match case.op.as_str() {
        "CrossEntropyLoss" => {
            let smoothing = case.number("label_smoothing")? as f32;
            ops::cross_entropy(&mut graph, x_node, target_node, Reduction::Mean, smoothing)
        }
        "NLLLoss" => ops::nll_loss(&mut graph, x_node, target_node),
        "MSELoss" => ops::mse_loss(&mut graph, x_node, target_node),
        other => return Err(format!("there is no loss {other}")),
    }
    .map_err(text)?;
    let one = ops::fill(&mut graph, Shape::scalar(), 1.0).map_err(text)?;
    let gradient = backward(&mut graph, loss, one, &[x_node]).map_err(text)?[0];
    let inputs = [(x_node, x.values.as_slice()), (target_node, target.values.as_slice())];
    let results = evaluate(device, &graph, &inputs, &[loss, gradient], wait).await.map_err(text)?;
    case.compare("y", &results[0], &set.tensor(case, "y")?.values)?;
    case.compare("gx", &results[1], &set.tensor(case, "gx")?.values)
}
