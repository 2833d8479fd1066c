//! Layers: the output, and the gradients of everything it is computed from; running statistics.

use super::set::{Case, Set, Tensor};
use serde_json::{Map, Value, json};
use stride_engine::autodiff::backward;
use stride_engine::device::{Device, Work};
use stride_engine::evaluate::evaluate;
use stride_engine::graph::{Element, Graph, NodeId};
use stride_engine::nn::{Built, Layer, Mode, Model};
use stride_engine::ops;
use stride_engine::plan::{Memory, Plan};
use stride_engine::shape::Shape;

pub async fn run(set: &Set, case: &Case, device: &Device, wait: &impl AsyncFn()) -> Result<(), String> {
    if case.attrs.contains_key("updates") {
        return running_statistics(set, case, device, wait).await;
    }
    let mut graph = Graph::new();
    // Everything that has a gradient is an input: the role `weight` has one because there is a `gweight`.
    let with_gradient = case.tensors.keys().filter(|role| *role != "y" && case.tensors.contains_key(&format!("g{role}")));
    let roles: Vec<String> = with_gradient.cloned().collect();
    let x = set.tensor(case, "x")?;
    let x_node = graph.input("x", Shape::new(&x.shape), Element::F32);
    let mut inputs: Vec<(String, NodeId)> = vec![("x".into(), x_node)];
    let y = match case.op.as_str() {
        "Add" | "Concat" | "ChannelScale" => {
            let mut nodes = vec![x_node];
            for role in roles.iter().filter(|role| *role != "x") {
                let node = graph.input(role, Shape::new(&set.tensor(case, role)?.shape), Element::F32);
                inputs.push((role.clone(), node));
                nodes.push(node);
            }
            match case.op.as_str() {
                "Add" => ops::add(&mut graph, nodes[0], nodes[1]),
                "Concat" => ops::concat(&mut graph, &nodes),
                _ => ops::channel_scale(&mut graph, nodes[0], nodes[1]),
            }
            .map_err(|error| error.to_string())?
        }
        _ => {
            let mode = if case.attrs.get("training") == Some(&json!(false)) { Mode::Eval } else { Mode::Train };
            let built = layer(case, &x)?.build(&mut graph, x_node, mode, None).map_err(|error| error.to_string())?;
            inputs.extend(declared(&built, mode));
            built.output.ok_or("the model has no output")?
        }
    };
    let gy = set.tensor(case, "gy")?;
    let upstream = graph.input("gy", Shape::new(&gy.shape), Element::F32);
    let wanted: Vec<NodeId> = roles
        .iter()
        .map(|role| inputs.iter().find(|(name, _)| name == role).map(|&(_, node)| node).ok_or(format!("the layer has no '{role}'")))
        .collect::<Result<_, _>>()?;
    let gradients = backward(&mut graph, y, upstream, &wanted).map_err(|error| error.to_string())?;
    let mut values: Vec<(NodeId, Vec<f32>)> = vec![(upstream, gy.values)];
    for (role, node) in &inputs {
        values.push((*node, set.tensor(case, role)?.values));
    }
    let values: Vec<(NodeId, &[f32])> = values.iter().map(|(node, values)| (*node, values.as_slice())).collect();
    let outputs: Vec<NodeId> = std::iter::once(y).chain(gradients).collect();
    let shape = graph.shape(y).dims().to_vec();
    let results = evaluate(device, &graph, &values, &outputs, wait).await.map_err(|error| error.to_string())?;
    let want = set.tensor(case, "y")?;
    if shape != want.shape {
        return Err(format!("y has shape {shape:?}, PyTorch's {:?}", want.shape));
    }
    case.compare("y", &results[0], &want.values)?;
    for (role, got) in roles.iter().zip(&results[1..]) {
        let name = format!("g{role}");
        case.compare(&name, got, &set.tensor(case, &name)?.values)?;
    }
    Ok(())
}

/// A model of this one layer, whose tensors are called as in the case; its arguments are PyTorch's.
fn layer(case: &Case, x: &Tensor) -> Result<Model, String> {
    let tag = match case.op.as_str() {
        "Conv1d" => "conv1d",
        "Conv2d" => "conv2d",
        "ConvTranspose2d" => "conv_transpose2d",
        "MaxPool2d" => "max_pool2d",
        "AvgPool2d" => "avg_pool2d",
        "AdaptiveAvgPool2d" => "adaptive_avg_pool2d",
        "BatchNorm1d" => "batch_norm1d",
        "BatchNorm2d" => "batch_norm2d",
        "LocalResponseNorm" => "local_response_norm",
        "LeakyReLU" => "leaky_relu",
        "ReLU" => "relu",
        "GELU" => "gelu",
        "LogSoftmax" => "log_softmax",
        plain @ ("Linear" | "Tanh" | "Sigmoid" | "Softmax" | "Flatten") => &plain.to_lowercase(),
        other => return Err(format!("there is no layer {other}")),
    };
    let mut arguments: Map<String, Value> = case.attrs.clone();
    // Said otherwise here: the mode, and dimensions that are always the second.
    for (name, only) in [("training", None), ("updates", None), ("dim", Some(1)), ("start_dim", Some(1))] {
        if let (Some(value), Some(only)) = (arguments.remove(name), only)
            && value != json!(only)
        {
            return Err(format!("{name} is {value}; only {only} is known"));
        }
    }
    arguments.insert("name".into(), json!(""));
    arguments.insert("layer".into(), json!(tag));
    let layer: Layer = serde_json::from_value(Value::Object(arguments)).map_err(|error| error.to_string())?;
    Ok(Model::new(&x.shape[1..], vec![layer]))
}

/// The inputs that a layer declared, by the names of its tensors.
fn declared(built: &Built, mode: Mode) -> Vec<(String, NodeId)> {
    let parameters = built.parameters.iter().map(|parameter| (parameter.name.clone(), parameter.node));
    let buffers = built.buffers.iter().filter(|_| mode == Mode::Eval).map(|buffer| (buffer.name.clone(), buffer.node));
    parameters.chain(buffers).collect()
}

/// Three batches, then the running statistics.
async fn running_statistics(set: &Set, case: &Case, device: &Device, wait: &impl AsyncFn()) -> Result<(), String> {
    let text = |error: stride_engine::error::Error| error.to_string();
    let x = set.tensor(case, "x0")?;
    let mut graph = Graph::new();
    let input = graph.input("x", Shape::new(&x.shape), Element::F32);
    let built = layer(case, &x)?.build(&mut graph, input, Mode::Train, None).map_err(text)?;
    let mut memory = Memory::new();
    let place = memory.add("x", x.values.len(), Element::F32);
    let len = built.buffers.len() * 64;
    let [measured, rates, running] =
        [("measured", len), ("rates", 2 * len), ("running", len)].map(|(name, len)| memory.add(name, len, Element::F32));
    let (mut outputs, mut start, mut rate) = (Vec::new(), vec![0.0; len], vec![0.0; 2 * len]);
    for (index, buffer) in built.buffers.iter().enumerate() {
        let (from, count) = (64 * index, buffer.shape.numel());
        let found = buffer.measured.ok_or("a step measures nothing")?;
        outputs.push((found.node, measured.part(from, count)));
        start[from..from + count].fill(buffer.initial);
        for pair in rate[2 * from..2 * (from + count)].chunks_exact_mut(2) {
            pair.copy_from_slice(&[buffer.momentum, found.factor]);
        }
    }
    let mut plan = Plan::new("statistics", &graph, &[(input, place)], &outputs).map_err(text)?;
    plan.push(ops::running_kernel(len), vec![measured, rates], vec![running]);
    let mut machine = device.load(&memory, vec![plan]).await.map_err(text)?;
    machine.write(rates, &rate);
    machine.write(running, &start);
    for step in 0..case.number("updates")? as usize {
        machine.write(place, &set.tensor(case, &format!("x{step}"))?.values);
        machine.submit(&[Work::Run(0)]).map_err(text)?;
    }
    machine.submit(&[Work::Read { ticket: 0, span: running }]).map_err(text)?;
    let mut got = Vec::new();
    while machine.pending() > 0 {
        machine.poll(&mut |_, values| got = values.to_vec()).map_err(text)?;
        wait().await;
    }
    for (index, buffer) in built.buffers.iter().enumerate() {
        let own = &got[64 * index..64 * index + buffer.shape.numel()];
        case.compare(&buffer.name, own, &set.tensor(case, &buffer.name)?.values)?;
    }
    Ok(())
}
