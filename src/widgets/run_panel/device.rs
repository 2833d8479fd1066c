//! Which device runs, why, and the choice of another.

use crate::widgets::WidgetProps;
use web_sys::HtmlSelectElement;
use yew::prelude::*;

/// What can be chosen: the value of `?device=`, and its name.
const CHOICES: [(&str, &str); 3] = [("", "the best there is"), ("webgpu", "WebGPU"), ("cpu", "CPU")];

#[component]
pub(super) fn Device(props: &WidgetProps) -> Html {
    let record = props.context.run.record();
    let query = gloo::utils::window().location().search().unwrap_or_default();
    let chosen = with_device(&query, None).1.unwrap_or_default();
    let onchange = Callback::from(|event: Event| {
        if let Some(select) = event.target_dyn_into::<HtmlSelectElement>() {
            let location = gloo::utils::window().location();
            let (query, _) = with_device(&location.search().unwrap_or_default(), Some(&select.value()));
            // A page that may not navigate keeps its device.
            let _ = location.set_search(&query);
        }
    });
    let (name, why) = match &record.device {
        Some(device) => (device.name.clone(), device.why.clone()),
        None => ("looking for a device …".into(), String::new()),
    };
    let memory = if record.memory_bytes > 0 { format!(" · {} MiB", record.memory_bytes.div_ceil(1 << 20)) } else { String::new() };
    html! {
        <div class="foot-part">
            <label class="field inline">
                <span>{ "Device" }</span>
                <select data-testid="device" {onchange}>
                    { for CHOICES.iter().map(|&(value, name)| html! { <option {value} selected={value == chosen}>{ name }</option> }) }
                </select>
            </label>
            <p><strong data-testid="device-name">{ name }</strong>{ memory }<br /><span class="quiet">{ why }</span></p>
        </div>
    }
}

/// The query with another device, if one is given, and the device that it had.
fn with_device(query: &str, device: Option<&str>) -> (String, Option<String>) {
    let mut had = None;
    let mut parts: Vec<String> = Vec::new();
    for part in query.trim_start_matches('?').split('&').filter(|part| !part.is_empty()) {
        match part.strip_prefix("device=") {
            Some(value) => had = Some(value.to_ascii_lowercase().replace("webgpu", "gpu").replace("gpu", "webgpu")),
            None => parts.push(part.to_string()),
        }
    }
    parts.extend(device.filter(|device| !device.is_empty()).map(|device| format!("device={device}")));
    (parts.join("&"), had)
}

#[cfg(test)]
mod tests {
    use super::with_device;

    #[test]
    fn the_device_is_exchanged_and_the_rest_of_the_query_kept() {
        assert_eq!(with_device("?a=1&device=cpu", Some("webgpu")), ("a=1&device=webgpu".into(), Some("cpu".into())));
        assert_eq!(with_device("?device=CPU", Some("")), (String::new(), Some("cpu".into())));
        assert_eq!(with_device("", None), (String::new(), None));
    }
}
