//! Whole networks: the first step's logits and gradients, the losses of five training steps, and what the network is afterwards. Trained
//! by the same trainer that trains in the notebook.

use super::optimizers::optimizer;
use super::set::{Case, Set, widened};
use serde_json::Value;
use stride_engine::autodiff::backward;
use stride_engine::checkpoint::{Checkpoint, NamedTensor};
use stride_engine::device::Device;
use stride_engine::evaluate::evaluate;
use stride_engine::graph::{Element, Graph, NodeId};
use stride_engine::nn::zoo::lenet5;
use stride_engine::nn::{
    AdaptiveAvgPool2d, BatchNorm2d, Branches, Conv2d, Flatten, Layer, LayerKind, LayerSummary, Linear, MaxPool2d, Mode, Model, Pair, Relu,
    Residual, SqueezeExcitation,
};
use stride_engine::ops::{self, Augmentation, Reduction};
use stride_engine::optim::{Adam, AdamW, Optimizer, ParameterGroup, RmsProp};
use stride_engine::shape::Shape;
use stride_engine::trainer::{Arenas, Pixels, Report, Settings, Split, Trainer};

/// The trainer wants room for a batch of test images; none is tested.
const TEST_BATCH: usize = 64;

fn conv(channels: [usize; 2], kernel: usize, stride: usize, padding: usize, bias: bool) -> Conv2d {
    Conv2d { stride: Pair::from(stride), padding: Pair::from(padding), bias, ..Conv2d::new(channels[0], channels[1], kernel) }
}

/// The block called `Residual` in `generate.py`.
fn residual(channels: [usize; 2], stride: usize, groups: usize, squeeze: bool) -> Layer {
    let [inputs, outputs] = channels;
    let mut body = vec![
        Layer::named("conv1", Conv2d { groups, ..conv([inputs, outputs], 3, stride, 1, false) }),
        Layer::named("bn1", BatchNorm2d::new(outputs)),
        Layer::named("relu", Relu {}),
        Layer::named("conv2", Conv2d { groups, ..conv([outputs, outputs], 3, 1, 1, false) }),
        Layer::named("bn2", BatchNorm2d::new(outputs)),
    ];
    if squeeze {
        body.push(Layer::named("se", SqueezeExcitation { channels: outputs, squeezed: outputs / 4 }));
    }
    let shortcut = if stride == 1 && inputs == outputs {
        Vec::new()
    } else {
        vec![conv(channels, 1, stride, 0, false).into(), BatchNorm2d::new(outputs).into()]
    };
    Residual { body, shortcut, relu: true }.into()
}

/// The block called `Inception` there, of so many channels; its ReLU follows the concatenation.
fn inception(channels: usize) -> Layer {
    let small = |outputs: usize| -> Layer { conv([channels, outputs], 1, 1, 0, true).into() };
    let chain = |layers: Vec<Layer>| LayerKind::sequential(layers);
    let pool = MaxPool2d { stride: Some(Pair::from(1)), padding: Pair::from(1), ..MaxPool2d::new(3) };
    let branches = vec![
        Layer::named("b1", conv([channels, 4], 1, 1, 0, true)),
        Layer::named("b2", chain(vec![small(3), Relu {}.into(), conv([3, 6], 3, 1, 1, true).into()])),
        Layer::named("b3", chain(vec![small(2), Relu {}.into(), conv([2, 3], 5, 1, 2, true).into()])),
        Layer::named("b4", chain(vec![pool.into(), small(3)])),
    ];
    chain(vec![Layer::named("", Branches { branches }), Relu {}.into()]).into()
}

fn stem(outputs: usize) -> Vec<Layer> {
    vec![conv([3, outputs], 3, 1, 1, false).into(), BatchNorm2d::new(outputs).into(), Relu {}.into()]
}

fn head(inputs: usize) -> Vec<Layer> {
    vec![AdaptiveAvgPool2d { output_size: Pair::from(1) }.into(), Flatten {}.into(), Linear::new(inputs, 10).into()]
}

/// The network of a case, for inputs of this shape. Widths that differ from set to set are read off the weights.
fn model(set: &Set, case: &Case, input: &[usize]) -> Result<Model, String> {
    let layers = match case.name.as_str() {
        "mlp" => {
            let width = set.tensor(case, "init.0.weight")?.shape[0];
            vec![Linear::new(784, width).into(), Relu {}.into(), Linear::new(width, 10).into()]
        }
        "lenet5" => return Ok(lenet5()),
        "resnet" => [stem(8), vec![residual([8, 8], 1, 1, false), residual([8, 16], 2, 1, false)], head(16)].concat(),
        "vgg" => {
            let block = |channels: [usize; 2]| -> Vec<Layer> {
                let norm = BatchNorm2d::new(channels[1]);
                vec![conv(channels, 3, 1, 1, true).into(), norm.into(), Relu {}.into(), MaxPool2d::new(2).into()]
            };
            let flat = set.tensor(case, "init.9.weight")?.shape[1];
            [block([3, 8]), block([8, 12]), vec![Flatten {}.into(), Linear::new(flat, 10).into()]].concat()
        }
        "inception" => {
            let first: Vec<Layer> = vec![conv([3, 8], 3, 1, 1, true).into(), Relu {}.into(), inception(8)];
            [first, head(16)].concat()
        }
        "senet" => [stem(8), vec![residual([8, 8], 1, 1, true)], head(8)].concat(),
        "resnext" => [stem(8), vec![residual([8, 16], 2, 4, false)], head(16)].concat(),
        other => return Err(format!("there is no network {other}")),
    };
    Ok(Model::new(input, layers))
}

fn text(error: stride_engine::error::Error) -> String {
    error.to_string()
}

pub async fn run(set: &Set, case: &Case, device: &Device, wait: &impl AsyncFn()) -> Result<(), String> {
    let x = set.tensor(case, "x")?;
    let model = model(set, case, &x.shape[2..])?;
    first_step(set, case, &model, device, wait).await?;
    training(set, case, model, device, wait).await
}

/// Logits and gradients of the first step.
async fn first_step(set: &Set, case: &Case, model: &Model, device: &Device, wait: &impl AsyncFn()) -> Result<(), String> {
    let (x, target) = (set.tensor(case, "x")?, set.tensor(case, "target")?);
    let batch = x.shape[1];
    let mut graph = Graph::new();
    let input = graph.input("x", Shape::new(&x.shape[1..]), Element::F32);
    let labels = graph.input("labels", Shape::new(&[batch]), Element::F32);
    let built = model.build(&mut graph, input, Mode::Train, None).map_err(text)?;
    let logits = built.output.ok_or("the model has no output")?;
    let loss = ops::cross_entropy(&mut graph, logits, labels, Reduction::Mean, 0.0).map_err(text)?;
    let one = ops::fill(&mut graph, Shape::scalar(), 1.0).map_err(text)?;
    let wanted: Vec<NodeId> = built.parameters.iter().map(|parameter| parameter.node).collect();
    let gradients = backward(&mut graph, loss, one, &wanted).map_err(text)?;
    let mut values = vec![(input, x.values[..x.values.len() / 2].to_vec()), (labels, target.values[..batch].to_vec())];
    for parameter in &built.parameters {
        values.push((parameter.node, set.tensor(case, &format!("init.{}", parameter.name))?.values));
    }
    let values: Vec<(NodeId, &[f32])> = values.iter().map(|(node, values)| (*node, values.as_slice())).collect();
    let outputs: Vec<NodeId> = std::iter::once(logits).chain(gradients).collect();
    let results = evaluate(device, &graph, &values, &outputs, wait).await.map_err(text)?;
    case.compare("logits0", &results[0], &set.tensor(case, "logits0")?.values)?;
    let mut compared = 0;
    for (parameter, got) in built.parameters.iter().zip(&results[1..]) {
        let role = format!("grad0.{}", parameter.name);
        if case.tensors.contains_key(&role) {
            case.compare(&role, got, &set.tensor(case, &role)?.values)?;
            compared += 1;
        }
    }
    let told = case.tensors.keys().filter(|role| role.starts_with("grad0.")).count();
    if compared == told { Ok(()) } else { Err(format!("{told} gradients are told, {compared} were found under their names")) }
}

/// What five steps of training leave.
struct Trained {
    losses: Vec<f32>,
    checkpoint: Checkpoint,
    /// The first batch's logits in use afterwards.
    logits: Vec<f32>,
}

/// Five steps of the trainer from the given weights; losses, final tensors, logits in use.
///
/// Some parameters have no gradient but what rounding leaves: the bias of a convolution before batch normalisation, which takes it
/// away again. An optimizer that divides by the gradient's own size makes steps of that noise, other ones on every machine, PyTorch's
/// included. So these parameters may differ by as much as such an optimizer can have moved them both, and the running means, which
/// follow them, too. The logits in use then differ by what is left of one in the other: that is measured, by repeating the run with those
/// parameters frozen, and they may differ by four times that. All else is held to the case's own tolerance.
async fn training(set: &Set, case: &Case, model: Model, device: &Device, wait: &impl AsyncFn()) -> Result<(), String> {
    let trained = train(set, case, &model, Vec::new(), device, wait).await?;
    case.compare("losses", &trained.losses, &set.tensor(case, "losses")?.values)?;
    let adrift = parameters_adrift(set, case)?;
    let followers = followers(&model, &adrift)?;
    let finals = case.attrs.get("final_mean_and_l2").and_then(Value::as_object).ok_or("the case has no final tensors")?;
    for (name, want) in finals {
        let tensor = trained.checkpoint.tensor(name).ok_or(format!("the state has no '{name}'"))?;
        let values = || tensor.values.iter().map(|&value| f64::from(value));
        let count = tensor.values.len() as f64;
        let [mean, norm] = [values().sum::<f64>() / count, values().map(|value| value * value).sum::<f64>().sqrt()];
        let [want_mean, want_norm]: [f64; 2] = serde_json::from_value(want.clone()).map_err(|error| error.to_string())?;
        let slack = if adrift.contains(name) || followers.contains(name) { farthest(set, case)? } else { 0.0 };
        case.compare_within(&format!("the mean of {name}"), &[mean], &[want_mean], slack)?;
        case.compare_within(&format!("the norm of {name}"), &[norm], &[want_norm], slack * count.sqrt())?;
    }
    let slack = if adrift.is_empty() {
        0.0
    } else {
        let group = ParameterGroup { parameters: adrift, learning_rate: 0.0, weight_decay: None };
        let frozen = train(set, case, &model, vec![group], device, wait).await?;
        4.0 * trained.logits.iter().zip(&frozen.logits).fold(0.0, |most, (a, b)| f64::max(most, f64::from((a - b).abs())))
    };
    case.compare_within("logits_eval", &widened(&trained.logits), &widened(&set.tensor(case, "logits_eval")?.values), slack)
}

/// How far apart two runs can have moved a parameter whose gradient is noise: each step is at most the learning rate, times
/// 1 / sqrt(1 - alpha) for RMSprop, whose average begins at 0, and (1 - beta1) / sqrt(1 - beta2) for Adam.
fn farthest(set: &Set, case: &Case) -> Result<f64, String> {
    let arguments = case.attrs.get("optimizer_attrs").and_then(Value::as_object).ok_or("the case has no optimizer")?;
    let name = case.attrs.get("optimizer").and_then(Value::as_str).ok_or("the case has no optimizer")?;
    let (optimizer, rate) = optimizer(name, arguments)?;
    let most = match optimizer {
        Optimizer::Sgd(_) => 0.0,
        Optimizer::Rmsprop(RmsProp { alpha, .. }) => 1.0 / (1.0 - alpha).sqrt(),
        Optimizer::Adam(Adam { beta1, beta2, .. }) | Optimizer::Adamw(AdamW { beta1, beta2, .. }) => (1.0 - beta1) / (1.0 - beta2).sqrt(),
    };
    let steps = set.tensor(case, "losses")?.values.len() as f64;
    Ok(2.0 * steps * f64::from(rate) * f64::from(most.max(1.0)))
}

/// The running means of the batch normalisations that come after layers with such parameters.
fn followers(model: &Model, adrift: &[String]) -> Result<Vec<String>, String> {
    let rows = model.summary().map_err(text)?;
    let follows = |pair: &[LayerSummary]| {
        let moved = adrift.iter().any(|name| name.rsplit_once('.').is_some_and(|(layer, _)| layer == pair[0].name));
        moved.then(|| format!("{}.running_mean", pair[1].name))
    };
    Ok(rows.windows(2).filter_map(follows).collect())
}

/// The parameters whose gradient is rounding and nothing else, as PyTorch's own first step tells, if the optimizer makes much of it.
fn parameters_adrift(set: &Set, case: &Case) -> Result<Vec<String>, String> {
    if case.attrs.get("optimizer").and_then(Value::as_str) == Some("SGD") {
        return Ok(Vec::new());
    }
    let mut adrift = Vec::new();
    for role in case.tensors.keys().filter(|role| role.starts_with("grad0.")) {
        if set.tensor(case, role)?.values.iter().all(|gradient| gradient.abs() < 1e-6) {
            adrift.push(role["grad0.".len()..].to_string());
        }
    }
    Ok(adrift)
}

async fn train(
    set: &Set,
    case: &Case,
    model: &Model,
    groups: Vec<ParameterGroup>,
    device: &Device,
    wait: &impl AsyncFn(),
) -> Result<Trained, String> {
    let (x, target) = (set.tensor(case, "x")?, set.tensor(case, "target")?);
    let batch = x.shape[1];
    let arguments = case.attrs.get("optimizer_attrs").and_then(Value::as_object).ok_or("the case has no optimizer")?;
    let name = case.attrs.get("optimizer").and_then(Value::as_str).ok_or("the case has no optimizer")?;
    let (optimizer, rate) = optimizer(name, arguments)?;
    let outline = model.outline().map_err(text)?;
    let settings = Settings {
        model: model.clone(),
        optimizer,
        groups,
        augmentation: Augmentation::default(),
        label_smoothing: 0.0,
        batch,
        seed: 1,
        train_images: 2 * batch,
        test_images: TEST_BATCH,
        test_batch: TEST_BATCH,
        pixels: Pixels::Floats,
    };
    let mut trainer = Trainer::new(device, settings).await.map_err(text)?;
    let labels: Vec<u8> = target.values.iter().map(|&label| label as u8).collect();
    trainer.store_floats(Split::Train, 0, &x.values, &labels).map_err(text)?;
    trainer.set_order(&(0..2 * batch as u32).collect::<Vec<u32>>()).map_err(text)?;
    let mut tensors = Vec::new();
    let names = outline.parameters.iter().map(|p| (&p.name, &p.shape)).chain(outline.buffers.iter().map(|b| (&b.name, &b.shape)));
    for (name, shape) in names {
        let tensor = set.tensor(case, &format!("init.{name}"))?;
        if tensor.shape != shape.dims() {
            return Err(format!("{name} has shape {shape}, PyTorch's {:?}", tensor.shape));
        }
        tensors.push(NamedTensor { name: name.clone(), shape: shape.clone(), values: tensor.values });
    }
    trainer.restore(&Checkpoint { step: 0, tensors }).map_err(text)?;
    for step in 0..set.tensor(case, "losses")?.values.len() {
        trainer.train(step % 2 * batch, rate, step == 2, true).map_err(text)?;
    }
    trainer.read_state().map_err(text)?;
    let (mut losses, mut arenas) = (Vec::new(), Arenas::default());
    while trainer.pending() > 0 {
        trainer
            .poll(&mut |report| match report {
                Report::Steps { values, .. } => losses.extend(values.chunks_exact(2).map(|pair| pair[0])),
                Report::State { step, part, values } => arenas.take(step, part, values),
                _ => {}
            })
            .map_err(text)?;
        wait().await;
    }
    let checkpoint = trainer.checkpoint(&arenas).map_err(text)?;
    let logits = logits_in_use(set, case, model, &checkpoint, device, wait).await?;
    Ok(Trained { losses, checkpoint, logits })
}

async fn logits_in_use(
    set: &Set,
    case: &Case,
    model: &Model,
    checkpoint: &Checkpoint,
    device: &Device,
    wait: &impl AsyncFn(),
) -> Result<Vec<f32>, String> {
    let x = set.tensor(case, "x")?;
    let mut graph = Graph::new();
    let input = graph.input("x", Shape::new(&x.shape[1..]), Element::F32);
    let built = model.build(&mut graph, input, Mode::Eval, None).map_err(text)?;
    let logits = built.output.ok_or("the model has no output")?;
    let mut values: Vec<(NodeId, &[f32])> = vec![(input, &x.values[..x.values.len() / 2])];
    for parameter in &built.parameters {
        values.push((parameter.node, checkpoint.values(&parameter.name, &parameter.shape).map_err(text)?));
    }
    for buffer in &built.buffers {
        values.push((buffer.node, checkpoint.values(&buffer.name, &buffer.shape).map_err(text)?));
    }
    Ok(evaluate(device, &graph, &values, &[logits], wait).await.map_err(text)?.remove(0))
}
