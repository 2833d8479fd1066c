def load(root, train):
    """MNIST as [images, 1, 28, 28], intensities from 0 to 1, and its labels."""
    from torchvision.datasets import MNIST

    data = MNIST(root, train=train, download=True)
    return data.data[:, None] / 255, data.targets


def normalise(images):
    return ((images - MEAN) / STD).reshape(-1, *INPUT)


@torch.no_grad()
def test(model, images, labels):
    """The mean loss, in nats, and the share of images that are classified correctly."""
    model.eval()
    loss = correct = 0.0
    for x, y in zip(images.split(1000), labels.split(1000)):
        logits = model(normalise(x))
        loss += F.cross_entropy(logits, y, reduction="sum").item()
        correct += (logits.argmax(dim=1) == y).sum().item()
    model.train()
    return loss / len(labels), correct / len(labels)


def load_weights(model, path):
    """Weights saved on the page. Beside the network's tensors the file may hold the optimizer's; they are left out."""
    from safetensors.torch import load_file

    saved, own = load_file(path), model.state_dict()
    # PyTorch also counts the batches of its batch normalisations, and needs the count for nothing here.
    missing = [name for name in own if name not in saved and not name.endswith("num_batches_tracked")]
    if missing:
        raise SystemExit(f"{path} lacks {', '.join(missing)}")
    model.load_state_dict({name: saved[name] for name in own if name in saved}, strict=False)


def main():
    parser = argparse.ArgumentParser(description="Trains the experiment of a Stride notebook.")
    parser.add_argument("--epochs", type=int, default=1, help="how often to go through the training images")
    parser.add_argument("--steps", type=int, help="stop after so many steps")
    parser.add_argument("--data", default="data", help="where MNIST is, or is to be put")
    parser.add_argument("--weights", help="begin with the weights of this safetensors file")
    parser.add_argument("--save", help="write the trained weights to this safetensors file")
    parser.add_argument("--describe", action="store_true", help="only print the names and shapes of the network's tensors, as JSON")
    options = parser.parse_args()
    if options.describe:
        with torch.device("meta"):
            state = build_model().state_dict()
        print(json.dumps({name: list(tensor.shape) for name, tensor in state.items()}))
        return

    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    torch.manual_seed(SEED)
    model = build_model().to(device)
    if options.weights:
        load_weights(model, options.weights)
    optimizer = build_optimizer(model)
    train_images, train_labels = (part.to(device) for part in load(options.data, train=True))
    test_images, test_labels = (part.to(device) for part in load(options.data, train=False))

    step, steps_per_epoch = 0, len(train_labels) // BATCH_SIZE
    last_step = options.epochs * steps_per_epoch if options.steps is None else options.steps
    model.train()
    while step < last_step:
        epoch = step // steps_per_epoch
        # What is left over when no whole batch is waits for another epoch's order.
        for batch in torch.randperm(len(train_labels), device=device).split(BATCH_SIZE)[:steps_per_epoch]:
            for group in optimizer.param_groups:
                group["lr"] = learning_rate(LEARNING_RATE, TIME) * group.get("factor", 1.0)
            x, y = AUGMENTED, train_labels[batch]
            logits = model(normalise(x))
            loss = total = F.cross_entropy(logits, y, label_smoothing=LABEL_SMOOTHING)
            HEADS
            optimizer.zero_grad()
            total.backward()
            optimizer.step()
            step += 1
            if step % TEST_EVERY == 0 or step == last_step:
                test_loss, accuracy = test(model, test_images[:TEST_IMAGES], test_labels[:TEST_IMAGES])
                print(f"step {step}: loss {loss.item():.4f}, test loss {test_loss:.4f}, test accuracy {accuracy:.2%}")
            if step == last_step:
                break
        test_loss, accuracy = test(model, test_images, test_labels)
        print(f"after {step} steps, {step / steps_per_epoch:.2f} epochs: test loss {test_loss:.4f}, test accuracy {accuracy:.2%}")

    if options.save:
        from safetensors.torch import save_file

        save_file({name: tensor for name, tensor in model.state_dict().items() if tensor.is_floating_point()}, options.save)


if __name__ == "__main__":
    main()
