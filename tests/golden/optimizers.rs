//! Optimizers: where parameters go under given gradients.

use super::set::{Case, Set};
use serde_json::{Map, Value, json};
use stride_engine::device::{Device, Work};
use stride_engine::graph::{Element, Graph};
use stride_engine::optim::Optimizer;
use stride_engine::optim::control::{CONTROL_LEN, Control};
use stride_engine::optim::groups::table;
use stride_engine::plan::{Memory, Plan};

/// PyTorch's optimizer of this name and arguments, and its learning rate.
pub fn optimizer(name: &str, arguments: &Map<String, Value>) -> Result<(Optimizer, f32), String> {
    let mut arguments = arguments.clone();
    let rate = arguments.remove("lr").and_then(|rate| rate.as_f64()).ok_or("the optimizer has no learning rate")?;
    arguments.insert("name".into(), json!(name.to_lowercase()));
    let optimizer: Optimizer = serde_json::from_value(Value::Object(arguments)).map_err(|error| error.to_string())?;
    optimizer.check().map_err(|error| error.to_string())?;
    Ok((optimizer, rate as f32))
}

pub async fn run(set: &Set, case: &Case, device: &Device, wait: &impl AsyncFn()) -> Result<(), String> {
    let text = |error: stride_engine::error::Error| error.to_string();
    let (optimizer, learning_rate) = optimizer(&case.op, &case.attrs)?;
    let (start, gradients) = (set.tensor(case, "p0")?.values, set.tensor(case, "grads")?.values);
    let len = start.len();
    let options = table([("p", 0, len)].into_iter(), len, &[], &optimizer).map_err(text)?;
    let mut memory = Memory::new();
    let [gradient, control, groups, parameters] =
        [("gradients", len), ("control", CONTROL_LEN), ("options", options.len()), ("parameters", len)]
            .map(|(name, len)| memory.add(name, len, Element::F32));
    let mut writes = vec![parameters];
    writes.extend(optimizer.states().iter().map(|state| memory.add(state, len, Element::F32)));
    let mut plan = Plan::new("optimizer", &Graph::new(), &[], &[]).map_err(text)?;
    plan.push(optimizer.kernel(len), vec![gradient, control, groups], writes);
    let mut machine = device.load(&memory, vec![plan]).await.map_err(text)?;
    machine.write(groups, &options);
    machine.write(parameters, &start);
    let mut trajectory = Vec::new();
    for (values, step) in gradients.chunks_exact(len).zip(1..) {
        let numbers = Control { learning_rate, step, corrections: optimizer.corrections(step), ..Control::default() };
        machine.write(control, &numbers.values());
        machine.write(gradient, values);
        machine.submit(&[Work::Run(0), Work::Read { ticket: 0, span: parameters }]).map_err(text)?;
        while machine.pending() > 0 {
            machine.poll(&mut |_, values| trajectory.extend_from_slice(values)).map_err(text)?;
            wait().await;
        }
    }
    case.compare("trajectory", &trajectory, &set.tensor(case, "trajectory")?.values)
}
