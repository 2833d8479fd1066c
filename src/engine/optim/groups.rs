//! Parameter groups: which parameters move faster, slower or not at all, and which decay.
//!
//! Knows names and places; knows nothing of how an optimizer moves a parameter.

use super::Optimizer;
use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};

/// Parameters lie at multiples of so many numbers, and so many share their options.
pub const BLOCK: usize = 64;

/// Parameters with options of their own, as in `torch.optim`'s parameter groups.
///
/// To freeze all but batch normalisation (whose parameters are called `bn1` and so on), put those into a first group and all others
/// into a second, whose learning rate is 0:
///
/// ```
/// use stride_engine::optim::{Optimizer, ParameterGroup, groups::table};
///
/// let group = |pattern: &str, learning_rate| {
///     ParameterGroup { parameters: vec![pattern.into()], learning_rate, ..ParameterGroup::default() }
/// };
/// let parameters = [("conv1.weight", 0, 54), ("bn1.weight", 64, 6), ("bn1.bias", 128, 6)];
/// let table = table(parameters.into_iter(), 192, &[group("*bn*", 1.0), group("*", 0.0)], &Optimizer::sgd(0.9))?;
/// assert_eq!(table, [0.0, 0.0, /* bn1.weight */ 1.0, 0.0, /* bn1.bias */ 1.0, 0.0]);
/// # Ok::<(), stride_engine::error::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ParameterGroup {
    /// Names as in `state_dict`; `*` stands for any run of characters. A parameter belongs to the first group that names it.
    pub parameters: Vec<String>,
    /// The learning rate is multiplied by this; 0 freezes the group.
    pub learning_rate: f32,
    /// The group's weight decay, if not the optimizer's.
    pub weight_decay: Option<f32>,
}

impl Default for ParameterGroup {
    fn default() -> Self {
        ParameterGroup { parameters: Vec::new(), learning_rate: 1.0, weight_decay: None }
    }
}

/// How many names a message lists before it only counts the rest.
const LISTED: usize = 12;

/// The table that kernels read: for every block of the arena the factor of the learning rate and the weight decay. `parameters` gives
/// names, first numbers (multiples of [`BLOCK`]) and lengths. A pattern that fits no parameter is an error.
pub fn table<'a>(
    parameters: impl Iterator<Item = (&'a str, usize, usize)> + Clone,
    arena: usize,
    groups: &[ParameterGroup],
    optimizer: &Optimizer,
) -> Result<Vec<f32>> {
    for group in groups {
        if group.parameters.is_empty() {
            return Err(Error::model("a parameter group names no parameters; give it at least one name or pattern, or '*' for all"));
        }
        super::at_least_zero("a group's learning_rate", group.learning_rate)?;
        super::at_least_zero("a group's weight_decay", group.weight_decay.unwrap_or_default())?;
        for pattern in &group.parameters {
            if !parameters.clone().any(|(name, ..)| matches(pattern, name)) {
                let mut names: Vec<&str> = parameters.clone().map(|(name, ..)| name).collect();
                let more = names.len().saturating_sub(LISTED);
                names.truncate(LISTED);
                let names = names.join(", ") + &if more > 0 { format!(" and {more} more") } else { String::new() };
                return Err(Error::model(format!("no parameter is called '{pattern}'; there are {names}")));
            }
        }
    }
    let mut table = [1.0, optimizer.weight_decay()].repeat(arena.div_ceil(BLOCK));
    for (name, offset, len) in parameters {
        let Some(group) = groups.iter().find(|group| group.parameters.iter().any(|pattern| matches(pattern, name))) else { continue };
        let options = [group.learning_rate, group.weight_decay.unwrap_or(optimizer.weight_decay())];
        for block in offset / BLOCK..(offset + len).div_ceil(BLOCK) {
            table[2 * block..2 * block + 2].copy_from_slice(&options);
        }
    }
    Ok(table)
}

/// Whether a name fits a pattern in which `*` stands for any run of characters.
fn matches(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = name.strip_prefix(first) else { return false };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optim::kernel::moving;

    #[test]
    fn patterns() {
        for (pattern, name, fits) in [
            ("0.weight", "0.weight", true),
            ("0.weight", "10.weight", false),
            ("*.bias", "3.conv1.bias", true),
            ("*.bias", "bias", false),
            ("*bn*", "3.bn1.weight", true),
            ("3.*.weight", "3.conv1.weight", true),
            ("3.*.weight", "3.weight", false),
            ("*", "", true),
            ("a*a", "a", false),
        ] {
            assert_eq!(matches(pattern, name), fits, "{pattern} {name}");
        }
    }

    const NAMES: [(&str, usize, usize); 3] = [("conv.weight", 0, 100), ("bn.weight", 128, 4), ("bn.bias", 192, 4)];

    #[test]
    fn all_but_batch_norm_can_be_frozen() {
        let group = |pattern: &str, learning_rate| ParameterGroup { parameters: vec![pattern.into()], learning_rate, weight_decay: None };
        let groups = [group("bn.*", 1.0), group("*", 0.0)];
        let optimizer = Optimizer::Adamw(Default::default());
        let table = table(NAMES.into_iter(), 256, &groups, &optimizer).unwrap();
        assert_eq!(table, [0.0, 0.01, 0.0, 0.01, 1.0, 0.01, 1.0, 0.01]);
        let moving: Vec<_> = moving(&table, 0.5, 200).collect();
        assert_eq!(moving, [(128..192, 0.5, 0.01), (192..200, 0.5, 0.01)]);
    }

    #[test]
    fn the_first_group_that_names_a_parameter_counts() {
        let biases = ParameterGroup { parameters: vec!["*.bias".into()], weight_decay: Some(0.0), ..ParameterGroup::default() };
        let norms = ParameterGroup { parameters: vec!["bn.*".into()], learning_rate: 2.0, weight_decay: Some(0.5) };
        let optimizer = Optimizer::Adamw(Default::default());
        let table = table(NAMES.into_iter(), 256, &[biases, norms], &optimizer).unwrap();
        assert_eq!(table, [1.0, 0.01, 1.0, 0.01, 2.0, 0.5, 1.0, 0.0]);
    }

    #[test]
    fn a_name_that_nothing_has_is_refused() {
        let groups = [ParameterGroup { parameters: vec!["norm.*".into()], ..ParameterGroup::default() }];
        let error = table(NAMES.into_iter(), 256, &groups, &Optimizer::adam()).unwrap_err().to_string();
        assert_eq!(error, "no parameter is called 'norm.*'; there are conv.weight, bn.weight, bn.bias");
        let many: Vec<String> = (0..14).map(|index| format!("{index}.w")).collect();
        let error = table(many.iter().map(|name| (name.as_str(), 0, 1)), 64, &groups, &Optimizer::adam()).unwrap_err().to_string();
        assert!(error.ends_with("there are 0.w, 1.w, 2.w, 3.w, 4.w, 5.w, 6.w, 7.w, 8.w, 9.w, 10.w, 11.w and 2 more"), "{error}");
    }

    #[test]
    fn a_group_that_makes_no_sense_is_refused() {
        let refused = |group: ParameterGroup| table(NAMES.into_iter(), 256, &[group], &Optimizer::adam()).unwrap_err().to_string();
        let all = ParameterGroup { parameters: vec!["*".into()], ..ParameterGroup::default() };
        assert!(refused(ParameterGroup::default()).starts_with("a parameter group names no parameters"));
        let backwards = ParameterGroup { learning_rate: -1.0, ..all.clone() };
        assert_eq!(refused(backwards), "a group's learning_rate is -1; it must be 0 or a positive number");
        let grows = ParameterGroup { weight_decay: Some(f32::NAN), ..all };
        assert_eq!(refused(grows), "a group's weight_decay is NaN; it must be 0 or a positive number");
    }
}
