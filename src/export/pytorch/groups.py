def parameter_groups(model):
    """The parameters by the first group that names them; those that none names come last and follow the optimizer."""
    groups = [{"params": [], "factor": factor, **options} for _, factor, options in GROUPS] + [{"params": [], "factor": 1.0}]
    for name, parameter in model.named_parameters():
        fits = [any(re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), name) for pattern in patterns) for patterns, _, _ in GROUPS]
        groups[(fits + [True]).index(True)]["params"].append(parameter)
    return [group for group in groups if group["params"]]
