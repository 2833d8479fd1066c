//! Experiments as PyTorch scripts: read by Python, and where torch is installed built, compared with the engine's networks, and run.
//!
//! `STRIDE_PYTHON` names the interpreter, `python3` if it is not set. Where there is none, only the text is looked at, and the test says so.
#![cfg(not(target_arch = "wasm32"))]

use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Command;
use stride::experiment::{Experiment, Unit};
use stride::export::pytorch::script;
use stride_engine::checkpoint::Checkpoint;
use stride_engine::nn::zoo::{self, Residuals};
use stride_engine::nn::{Model, Parameter};
use stride_engine::optim::{Optimizer, Schedule};
use stride_lesson::Part;
use stride_lesson::read::{self, Surroundings};

/// What Python says to a program, given arguments; nothing where there is no Python or it lacks a module that the program asks for.
fn python(program: &str, arguments: &[&str]) -> Option<String> {
    let interpreter = std::env::var("STRIDE_PYTHON").unwrap_or_else(|_| "python3".into());
    let Ok(output) = Command::new(&interpreter).arg("-c").arg(program).args(arguments).output() else {
        println!("{interpreter} is not there: scripts are looked at as text only");
        return None;
    };
    let errors = String::from_utf8_lossy(&output.stderr);
    if errors.trim_end().ends_with("No module named 'torch'") || errors.trim_end().ends_with("No module named 'safetensors'") {
        println!("{interpreter} has no torch or no safetensors: scripts are read and not run");
        return None;
    }
    assert!(output.status.success(), "{errors}");
    Some(String::from_utf8(output.stdout).unwrap())
}

/// A folder that goes when the test ends.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("stride-export-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        Folder(folder)
    }

    fn put(&self, name: &str, text: &str) -> String {
        let path = self.0.join(name);
        std::fs::write(&path, text).unwrap();
        path.to_string_lossy().into_owned()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn experiment(model: Model) -> Experiment {
    let values = json!({ "batch_size": 4, "learning_rate": 0.01, "optimizer": { "name": "adam" }, "model": model });
    // As data and not through `check`, which admits only networks for the page's images.
    serde_json::from_value(values).unwrap()
}

fn model(input: &[usize], layers: Value) -> Model {
    serde_json::from_value(json!({ "input": input, "layers": layers })).unwrap()
}

/// Networks that together have every kind of layer, with arguments that are not the defaults.
fn all_kinds() -> Vec<(&'static str, Model)> {
    let images = json!([
        { "layer": "conv2d", "name": "stem", "in_channels": 1, "out_channels": 8, "kernel_size": [3, 5], "padding": [1, 2], "bias": false },
        { "layer": "batch_norm2d", "num_features": 8, "eps": 0.001, "momentum": 0.2 },
        { "layer": "leaky_relu", "negative_slope": 0.2 },
        { "layer": "local_response_norm", "size": 3, "alpha": 0.001, "beta": 0.5, "k": 2.0 },
        { "layer": "sequential", "name": "", "layers": [
            { "layer": "conv2d", "name": "a-1", "in_channels": 8, "out_channels": 8, "kernel_size": 3, "padding": 2, "dilation": 2, "groups": 2 },
            { "layer": "gelu", "name": "forward", "approximate": "tanh" },
        ] },
        { "layer": "residual", "name": "block", "relu": false, "body": [
            { "layer": "conv2d", "name": "conv1", "in_channels": 8, "out_channels": 6, "kernel_size": 3, "padding": 1 },
            { "layer": "batch_norm2d", "name": "bn1", "num_features": 6, "affine": false },
            { "layer": "squeeze_excitation", "name": "se", "channels": 6, "squeezed": 2 },
        ], "shortcut": [{ "layer": "conv2d", "in_channels": 8, "out_channels": 6, "kernel_size": 1 }] },
        { "layer": "residual", "body": [{ "layer": "tanh", "name": "body" }, { "layer": "dropout", "p": 0.25 }] },
        { "layer": "auxiliary_head", "name": "aux", "weight": 0.3, "layers": [
            { "layer": "adaptive_avg_pool2d", "output_size": [1, 2] }, { "layer": "flatten" },
            { "layer": "linear", "name": "fc", "in_features": 12, "out_features": 10 },
        ] },
        { "layer": "branches", "name": "mix", "branches": [
            { "layer": "max_pool2d", "kernel_size": 3, "stride": 2, "padding": 1, "ceil_mode": true },
            { "layer": "sequential", "name": "right", "layers": [
                { "layer": "avg_pool2d", "kernel_size": 2, "padding": 1, "ceil_mode": true, "count_include_pad": false }, { "layer": "sigmoid" },
            ] },
        ] },
        { "layer": "conv_transpose2d", "in_channels": 12, "out_channels": 4, "kernel_size": 3, "stride": 2, "padding": 1, "output_padding": 1 },
        { "layer": "softmax" },
        { "layer": "flatten" },
        { "layer": "linear", "in_features": 3600, "out_features": 10, "bias": false },
        { "layer": "batch_norm1d", "num_features": 10 },
        { "layer": "log_softmax" },
    ]);
    let signals = json!([
        { "layer": "conv1d", "in_channels": 2, "out_channels": 4, "kernel_size": 3, "stride": 2, "padding": 1, "dilation": 1, "groups": 2 },
        { "layer": "batch_norm1d", "num_features": 4 }, { "layer": "relu" }, { "layer": "gelu" }, { "layer": "flatten" },
        { "layer": "linear", "in_features": 32, "out_features": 10 },
    ]);
    vec![("images", model(&[1, 28, 28], images)), ("signals", model(&[2, 16], signals))]
}

fn lesson() -> Experiment {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("lessons/lenet5.md")).unwrap();
    let names = ["lenet5".to_string()];
    let lesson = read::lesson("lenet5", &text, &Surroundings { lessons: &names, terms: &[] }).lesson;
    let cell = lesson.blocks().into_iter().find_map(|block| match &block.part {
        Part::Experiment(cell) => Some(cell.values.clone()),
        _ => None,
    });
    Experiment::from_values(&cell.unwrap()).unwrap()
}

/// Every network whose script is read.
fn experiments() -> Vec<(String, Experiment)> {
    let zoo = [
        ("mlp", zoo::mlp(&[784, 256, 10])),
        ("lenet5", zoo::lenet5()),
        ("alexnet", zoo::alexnet(1000)),
        ("vgg11", zoo::vgg(11, false, 1000)),
        ("vgg19bn", zoo::vgg(19, true, 1000)),
        ("resnet18", zoo::resnet(Residuals::resnet(18), 1000)),
        ("resnet50", zoo::resnet(Residuals::resnet(50), 1000)),
        ("resnext50", zoo::resnet(Residuals::resnext(50, 32, 4), 1000)),
        ("googlenet", zoo::googlenet(1000, false)),
        ("googlenet-heads", zoo::googlenet(1000, true)),
    ];
    let networks = zoo.into_iter().chain(all_kinds()).map(|(name, model)| (name.to_string(), experiment(model)));
    networks.chain([("lesson".to_string(), lesson())]).collect()
}

/// The files of all scripts.
fn written(folder: &Folder) -> Vec<(String, Experiment, String)> {
    let put = |(name, experiment): (String, Experiment)| {
        let text = script(&experiment, &name).unwrap();
        for part in ["\nimport torch\n", "\ndef build_model():\n", "\ndef learning_rate(lr, t):\n", "\ndef main():\n", "MNIST("] {
            assert!(text.contains(part), "{name} lacks {part}:\n{text}");
        }
        let count = |letter: char| text.chars().filter(|other| *other == letter).count();
        assert!(count('(') == count(')') && count('[') == count(']') && !text.contains("HEADS") && !text.contains("AUGMENTED"), "{text}");
        let path = folder.put(&format!("{name}.py"), &text);
        (name, experiment, path)
    };
    experiments().into_iter().map(put).collect()
}

#[test]
fn python_reads_every_script() {
    let folder = Folder::new("read");
    let paths: Vec<String> = written(&folder).into_iter().map(|(.., path)| path).collect();
    let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
    let program = "import ast, sys\nfor path in sys.argv[1:]: compile(open(path, encoding='utf-8').read(), path, 'exec')\nprint('read')";
    if let Some(said) = python(program, &paths) {
        assert_eq!(said.trim(), "read");
    }
}

#[test]
fn networks_have_the_engines_names_and_shapes() {
    let folder = Folder::new("names");
    let scripts = written(&folder);
    let paths: Vec<&str> = scripts.iter().map(|(.., path)| path.as_str()).collect();
    let program = "import json, runpy, sys, torch\n\
                   for path in sys.argv[1:]:\n    \
                       build = runpy.run_path(path)['build_model']\n    \
                       with torch.device('meta'): model = build()\n    \
                       print(json.dumps([[[n, list(p.shape)] for n, p in of] for of in (model.named_parameters(), model.named_buffers())]))";
    let Some(said) = python(program, &paths) else { return };
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines.len(), scripts.len());
    for ((name, experiment, _), line) in scripts.iter().zip(lines) {
        let [parameters, buffers]: [Vec<(String, Vec<usize>)>; 2] = serde_json::from_str(line).unwrap();
        let built = experiment.model.outline().unwrap();
        let own = |parameter: &Parameter| (parameter.name.clone(), parameter.shape.dims().to_vec());
        let sorted = |mut tensors: Vec<(String, Vec<usize>)>| {
            tensors.sort();
            tensors
        };
        assert_eq!(sorted(parameters.clone()), sorted(built.parameters.iter().map(own).collect()), "{name}");
        let counted = buffers.into_iter().filter(|(name, _)| !name.ends_with("num_batches_tracked")).collect();
        let own = built.buffers.iter().map(|buffer| (buffer.name.clone(), buffer.shape.dims().to_vec())).collect();
        assert_eq!(sorted(counted), sorted(own), "{name}");
        let count: usize = parameters.iter().map(|(_, shape)| shape.iter().product::<usize>()).sum();
        assert_eq!(count, experiment.model.parameter_count().unwrap(), "{name}");
    }
}

#[test]
fn a_network_that_pytorch_cannot_name_is_refused() {
    let dotted = json!([{ "layer": "linear", "name": "a.b", "in_features": 784, "out_features": 10 }]);
    let error = script(&experiment(model(&[784], dotted)), "").unwrap_err();
    assert!(error.starts_with("the layer Linear(784, 10) is named 'a.b', which PyTorch has no place for"), "{error}");
}

/// Python computes every schedule's rates as the engine does.
#[test]
fn rates_are_the_engines() {
    let cycle =
        |total_steps, pct_start| Schedule::OneCycle { max_lr: 0.5, total_steps, pct_start, div_factor: 25.0, final_div_factor: 1e4 };
    let warm_up = Schedule::Linear { start_factor: 0.5, end_factor: 1.0, total_iters: 5 };
    let inner = Schedule::Sequential { schedules: vec![warm_up.clone(), Schedule::Inverse], milestones: vec![2] };
    let schedules = [
        Schedule::Constant,
        Schedule::Exponential { gamma: 0.9 },
        Schedule::Step { step_size: 3, gamma: 0.1 },
        Schedule::MultiStep { milestones: vec![2, 2, 7], gamma: 0.5 },
        Schedule::Inverse,
        Schedule::InverseSqrt,
        Schedule::CosineAnnealing { t_max: 10, eta_min: 0.02 },
        Schedule::CosineAnnealingWarmRestarts { t_0: 3, t_mult: 2, eta_min: 0.0 },
        Schedule::CosineAnnealingWarmRestarts { t_0: 4, t_mult: 1, eta_min: 0.01 },
        warm_up.clone(),
        cycle(20, 0.3),
        cycle(5, 1.0),
        cycle(1, 0.3),
        Schedule::Sequential { schedules: vec![warm_up, inner, cycle(9, 0.5)], milestones: vec![5, 11] },
    ];
    let folder = Folder::new("rates");
    let base = experiment(zoo::lenet5());
    let path = |(index, schedule): (usize, &Schedule)| {
        schedule.check().unwrap();
        folder.put(&format!("{index}.py"), &script(&Experiment { schedule: schedule.clone(), ..base.clone() }, "").unwrap())
    };
    let paths: Vec<String> = schedules.iter().enumerate().map(path).collect();
    let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
    let program = "import ast, json, math, sys\n\
                   for path in sys.argv[1:]:\n    \
                       tree = ast.parse(open(path, encoding='utf-8').read())\n    \
                       wanted = ('cosine', 'since_restart', 'one_cycle', 'in_sequence', 'learning_rate')\n    \
                       tree.body = [part for part in tree.body if getattr(part, 'name', '') in wanted]\n    \
                       names = {'math': math}\n    \
                       exec(compile(tree, path, 'exec'), names)\n    \
                       print(json.dumps([names['learning_rate'](0.1, t) for t in range(40)]))";
    let Some(said) = python(program, &paths) else { return };
    assert_eq!(said.lines().count(), schedules.len());
    for (schedule, line) in schedules.iter().zip(said.lines()) {
        let rates: Vec<f64> = serde_json::from_str(line).unwrap();
        for (t, rate) in (0u32..).zip(rates) {
            let own = schedule.learning_rate(0.1, t.into());
            assert!((rate - own).abs() <= 1e-12 * own.abs(), "{schedule:?} at {t}: {rate}, not {own}");
        }
    }
}

/// Scripts with everything that an experiment may say train for some steps, on images that the test brings (MNIST would have to be
/// fetched), and what they save is a checkpoint of the engine's network.
#[test]
fn scripts_train_and_save_what_the_engine_loads() {
    let base = Experiment { batch_size: 16, measure: lesson().measure, ..experiment(all_kinds().remove(0).1) };
    let with = |change: &dyn Fn(&mut Experiment)| {
        let mut experiment = base.clone();
        change(&mut experiment);
        experiment
    };
    let init = json!({ "weight": { "name": "kaiming_uniform", "mode": "fan_out" }, "bias": { "name": "lecun_normal" } });
    let groups =
        json!([{ "parameters": ["*bn*", "stem.weight"], "learning_rate": 0.0 }, { "parameters": ["*.bias"], "weight_decay": 0.0 }]);
    let augmentation =
        json!({ "shift": 2, "crop_padding": 1, "flip": true, "brightness": 0.2, "contrast": 1.5, "saturation": 0.1, "cutout": 5 });
    let experiments = [
        with(&|e| e.optimizer = Optimizer::rmsprop()),
        with(&|e| {
            e.optimizer = Optimizer::adamw();
            e.groups = serde_json::from_value(groups.clone()).unwrap();
            e.label_smoothing = 0.1;
        }),
        with(&|e| {
            e.optimizer = Optimizer::sgd(0.9);
            e.augmentation = serde_json::from_value(augmentation.clone()).unwrap();
            e.model.init = serde_json::from_value(init.clone()).unwrap();
            e.schedule = Schedule::Exponential { gamma: 0.9 };
            e.schedule_by = Unit::Step;
            e.measure.test_every = 2;
        }),
    ];
    let folder = Folder::new("train");
    let paths: Vec<String> =
        (0..).zip(&experiments).map(|(index, e)| folder.put(&format!("{index}.py"), &script(e, "trained \"here\"").unwrap())).collect();
    let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
    let program = "import runpy, safetensors, sys, torch\n\
                   def load(root, train):\n    \
                       return torch.rand(40, 1, 28, 28, generator=torch.Generator().manual_seed(1)), torch.arange(40) % 10\n\
                   for path in sys.argv[1:]:\n    \
                       names = runpy.run_path(path)\n    \
                       main = names['main']\n    \
                       main.__globals__['load'] = load\n    \
                       sys.argv = [path, '--steps', '5', '--save', path + '.safetensors']\n    \
                       main()\n    \
                       sys.argv = [path, '--steps', '0', '--weights', path + '.safetensors', '--save', path + '.again']\n    \
                       main()\n    \
                       assert open(path + '.safetensors', 'rb').read() == open(path + '.again', 'rb').read(), path";
    let Some(said) = python(program, &paths) else { return };
    assert!(said.matches("step 5: loss").count() == experiments.len() && said.contains("step 4: loss") && !said.contains("nan"), "{said}");
    for (path, experiment) in paths.iter().zip(&experiments) {
        let saved = Checkpoint::from_safetensors(&std::fs::read(format!("{path}.safetensors")).unwrap()).unwrap();
        let built = experiment.model.outline().unwrap();
        for (name, shape) in built.parameters.iter().map(|p| (&p.name, &p.shape)).chain(built.buffers.iter().map(|b| (&b.name, &b.shape))) {
            assert!(saved.values(name, shape).unwrap().iter().all(|value| value.is_finite()), "{name}");
        }
        assert_eq!(saved.tensors.len(), built.parameters.len() + built.buffers.len());
    }
}
