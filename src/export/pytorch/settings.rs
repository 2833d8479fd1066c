//! Optimizer, schedule and initial weights as Python.
//!
//! Knows what the engine's constants are called in PyTorch; knows nothing of models or images.

use super::{float, quoted};
use stride_engine::nn::Initialization;
use stride_engine::nn::init::{Fan, Init};
use stride_engine::optim::{Optimizer, ParameterGroup, Schedule};

const GROUPS: &str = include_str!("groups.py");

/// `build_optimizer(model)`, and what it needs.
pub(super) fn optimizer(optimizer: &Optimizer, groups: &[ParameterGroup]) -> String {
    let f = |value: f32| float(value);
    let truth = |value: bool| if value { "True" } else { "False" };
    let call = match optimizer {
        Optimizer::Sgd(o) => format!(
            "SGD(parameters, lr=LEARNING_RATE, momentum={}, dampening={}, nesterov={}, weight_decay={})",
            f(o.momentum),
            f(o.dampening),
            truth(o.nesterov),
            f(o.weight_decay)
        ),
        Optimizer::Rmsprop(o) => format!(
            "RMSprop(parameters, lr=LEARNING_RATE, alpha={}, eps={}, momentum={}, centered={}, weight_decay={})",
            f(o.alpha),
            f(o.eps),
            f(o.momentum),
            truth(o.centered),
            f(o.weight_decay)
        ),
        Optimizer::Adam(o) => adam("Adam", o.beta1, o.beta2, o.eps, o.weight_decay, o.amsgrad),
        Optimizer::Adamw(o) => adam("AdamW", o.beta1, o.beta2, o.eps, o.weight_decay, o.amsgrad),
    };
    if groups.is_empty() {
        return format!("def build_optimizer(model):\n    parameters = model.parameters()\n    return torch.optim.{call}\n");
    }
    let row = |group: &ParameterGroup| {
        let names: Vec<String> = group.parameters.iter().map(|name| quoted(name)).collect();
        let options = group.weight_decay.map(|decay| format!("\"weight_decay\": {}", f(decay))).unwrap_or_default();
        format!("    ([{}], {}, {{{options}}}),\n", names.join(", "), f(group.learning_rate))
    };
    let rows: String = groups.iter().map(row).collect();
    format!(
        "# Names as in state_dict (* stands for any run of characters), the factor of the learning rate, and other options.\n\
         GROUPS = [\n{rows}]\n\n\n{GROUPS}\n\n\
         def build_optimizer(model):\n    parameters = parameter_groups(model)\n    return torch.optim.{call}\n"
    )
}

fn adam(name: &str, beta1: f32, beta2: f32, eps: f32, weight_decay: f32, amsgrad: bool) -> String {
    let [beta1, beta2, eps, decay] = [beta1, beta2, eps, weight_decay].map(float);
    let amsgrad = if amsgrad { "True" } else { "False" };
    format!("{name}(parameters, lr=LEARNING_RATE, betas=({beta1}, {beta2}), eps={eps}, weight_decay={decay}, amsgrad={amsgrad})")
}

const COSINE: &str = "\
def cosine(start, end, gone):
    \"\"\"From one rate to another along half a cosine; gone is the share of the way.\"\"\"
    return end + (start - end) * (1 + math.cos(math.pi * gone)) / 2
";

const RESTARTS: &str = "\
def since_restart(t, length, factor):
    \"\"\"The share of the present fall that has gone by.\"\"\"
    while t >= length:
        t, length = t - length, length * factor
    return t / length
";

const ONE_CYCLE: &str = "\
def one_cycle(t, highest, total, share_up, div_factor, final_div_factor):
    first, last, top = highest / div_factor, total - 1, share_up * total - 1
    if t < top:
        return cosine(first, highest, t / top)
    return highest if t == top else cosine(highest, first / final_div_factor, min((t - top) / (last - top), 1) if last > top else 1)
";

const IN_SEQUENCE: &str = "\
def in_sequence(t, milestones, rates):
    \"\"\"One schedule after the other; from its milestone on each counts time from 0.\"\"\"
    passed = sum(milestone <= t for milestone in milestones)
    return rates[passed](t - milestones[passed - 1] if passed else t)
";

/// `learning_rate(lr, t)`, and what it needs.
pub(super) fn schedule(schedule: &Schedule) -> String {
    let rate = rate(schedule);
    let needed = [
        ("cosine(", COSINE, true),
        ("since_restart(", RESTARTS, false),
        ("one_cycle(", ONE_CYCLE, false),
        ("in_sequence(", IN_SEQUENCE, false),
    ];
    let uses = |name: &str, by_cycle: bool| rate.contains(name) || by_cycle && rate.contains("one_cycle(");
    let helpers: String = needed.iter().filter(|(name, _, cycle)| uses(name, *cycle)).map(|(_, text, _)| format!("{text}\n\n")).collect();
    let class = class(schedule).map(|class| format!("    # As torch.optim.lr_scheduler.{class}.\n")).unwrap_or_default();
    format!("{helpers}def learning_rate(lr, t):\n{class}    return {rate}\n")
}

/// The rate as an expression of `lr` and `t`.
fn rate(schedule: &Schedule) -> String {
    let f = |value: &f64| float(*value);
    match schedule {
        Schedule::Constant => "lr".into(),
        Schedule::Exponential { gamma } => format!("lr * {} ** t", f(gamma)),
        Schedule::Step { step_size, gamma } => format!("lr * {} ** (t // {step_size})", f(gamma)),
        Schedule::MultiStep { milestones, gamma } => {
            format!("lr * {} ** sum(milestone <= t for milestone in {milestones:?})", f(gamma))
        }
        Schedule::Inverse => "lr / (t + 1)".into(),
        Schedule::InverseSqrt => "lr / math.sqrt(t + 1)".into(),
        Schedule::CosineAnnealing { t_max, eta_min } => format!("cosine(lr, {}, t / {t_max})", f(eta_min)),
        Schedule::CosineAnnealingWarmRestarts { t_0, t_mult, eta_min } => {
            format!("cosine(lr, {}, since_restart(t, {t_0}, {t_mult}))", f(eta_min))
        }
        Schedule::Linear { start_factor, end_factor, total_iters } => {
            let (start, end) = (f(start_factor), f(end_factor));
            format!("lr * ({start} + ({end} - {start}) * min(t / {total_iters}, 1))")
        }
        Schedule::OneCycle { max_lr, total_steps, pct_start, div_factor, final_div_factor } => {
            format!("one_cycle(t, {}, {total_steps}, {}, {}, {})", f(max_lr), f(pct_start), f(div_factor), f(final_div_factor))
        }
        Schedule::Sequential { schedules, milestones } => {
            let rates: Vec<String> = schedules.iter().map(|schedule| format!("lambda t: {}", self::rate(schedule))).collect();
            format!("in_sequence(t, {milestones:?}, [{}])", rates.join(", "))
        }
    }
}

fn class(schedule: &Schedule) -> Option<&'static str> {
    Some(match schedule {
        Schedule::Constant => return None,
        Schedule::Exponential { .. } => "ExponentialLR",
        Schedule::Step { .. } => "StepLR",
        Schedule::MultiStep { .. } => "MultiStepLR",
        Schedule::Inverse | Schedule::InverseSqrt => "LambdaLR",
        Schedule::CosineAnnealing { .. } => "CosineAnnealingLR",
        Schedule::CosineAnnealingWarmRestarts { .. } => "CosineAnnealingWarmRestarts",
        Schedule::Linear { .. } => "LinearLR",
        Schedule::OneCycle { .. } => "OneCycleLR",
        Schedule::Sequential { .. } => "SequentialLR",
    })
}

/// `initialise(model)`; nothing where PyTorch's layers already do it by themselves.
pub(super) fn initialisation(init: &Initialization) -> Option<String> {
    let fills: Vec<String> =
        [("weight", init.weight), ("bias", init.bias)].into_iter().filter_map(|(part, rule)| fill(part, rule)).collect();
    (!fills.is_empty()).then(|| {
        format!(
            "@torch.no_grad()\n\
             def initialise(model):\n    \
                 for layer in model.modules():\n        \
                     if isinstance(layer, (nn.Linear, nn.Conv1d, nn.Conv2d, nn.ConvTranspose2d)):\n            \
                         # Inputs of one output and outputs of one input; a bias has its weight's.\n            \
                         field = layer.weight[0, 0].numel()\n            \
                         fan_in, fan_out = layer.weight.shape[1] * field, layer.weight.shape[0] * field\n{}",
            fills.concat()
        )
    })
}

fn fill(part: &str, rule: Init) -> Option<String> {
    let fan = |mode: Fan| if mode == Fan::FanIn { "fan_in" } else { "fan_out" };
    let normal = |std: String| format!("normal_(0, {std})");
    let uniform = |std: String| format!("uniform_(-math.sqrt(3) * {std}, math.sqrt(3) * {std})");
    let kaiming = |mode: Fan, gain: f64| format!("{} / math.sqrt({})", float(gain), fan(mode));
    let xavier = |gain: f32| format!("{} * math.sqrt(2 / (fan_in + fan_out))", float(gain));
    let call = match rule {
        Init::Default => return None,
        Init::LecunNormal => normal("1 / math.sqrt(fan_in)".into()),
        Init::LecunUniform => uniform("1 / math.sqrt(fan_in)".into()),
        Init::XavierNormal { gain } => normal(xavier(gain)),
        Init::XavierUniform { gain } => uniform(xavier(gain)),
        Init::KaimingNormal { mode, nonlinearity } => normal(kaiming(mode, nonlinearity.gain())),
        Init::KaimingUniform { mode, nonlinearity } => uniform(kaiming(mode, nonlinearity.gain())),
        Init::Normal { mean, std } => format!("normal_({}, {})", float(mean), float(std)),
        Init::Uniform { a, b } => format!("uniform_({}, {})", float(a), float(b)),
        Init::Constant { value } => format!("fill_({})", float(value)),
        Init::Zeros => "zero_()".into(),
        Init::Ones => "fill_(1)".into(),
    };
    let indent = " ".repeat(12);
    Some(match part {
        "bias" => format!("{indent}if layer.bias is not None:\n{indent}    layer.bias.{call}\n"),
        _ => format!("{indent}layer.{part}.{call}\n"),
    })
}
