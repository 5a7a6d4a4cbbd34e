package lmnop.builderworker.image;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import lmnop.builderworker.artifact.Manifest;
import lmnop.images.Descriptor;
import lmnop.images.ImageConfig;
import lmnop.images.ImageManifest;
import lmnop.images.ImageReader;
import lmnop.images.MediaTypes;
import lmnop.images.Reference;
import lmnop.images.Registry;
import lmnop.images.Repository;
import lmnop.images.UnusableImage;
import lmnop.operations.archive.Digest;
import lmnop.operations.archive.TarWriter;
import org.jspecify.annotations.Nullable;

/**
 * Makes images of what templates leave: a base, the dependencies, the code. The same parts give the
 * same image, byte for byte.
 */
public final class TemplateImages {
  private static final String HOME = "/home/lmnop";
  private static final String DEPENDENCIES = HOME + "/.dependencies";
  private static final String PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

  private final Registry registry;
  private final ImageBuildSettings settings;
  private final String architecture;

  public TemplateImages(Registry registry, ImageBuildSettings settings, String architecture) {
    this.registry = registry;
    this.settings = settings;
    this.architecture = architecture;
  }

  /**
   * What an image is made of.
   *
   * @param code the code layer as a directory
   * @param dependencies the dependency layer as a directory, if there is one
   * @param listens where its program may be reached
   * @param work a directory for what is made on the way
   */
  public record Parts(
      String template,
      Path code,
      @Nullable Path dependencies,
      Manifest.Start start,
      Listens listens,
      Path work) {}

  /** Where programs of a template listen. */
  public enum Listens {
    /** At {@code PORT} of {@code HOST}. */
    ANYWHERE,
    /** At a port of their own perhaps, and of their own machine alone; Python is there. */
    ALONE_WITH_PYTHON,
    /** The same, and nothing is known of what the base image has. */
    ALONE
  }

  /** An image that cannot be made; the message says what the operator does. */
  public static final class Impossible extends Exception {
    private static final long serialVersionUID = 1L;

    Impossible(String message) {
      super(message);
    }
  }

  /** An image that went to its target. */
  public record Made(String reference, long bytes) {}

  /** Makes an image and puts it where it goes. */
  public Made make(Parts parts, ImageTarget target)
      throws IOException, InterruptedException, Impossible {
    List<Descriptor> layers = new ArrayList<>();
    List<Digest> unpacked = new ArrayList<>();
    ImageConfig base = add(base(parts.template()), target, parts.work(), layers, unpacked);
    ImageForwarder forwarder = forwarder(parts);
    if (forwarder == ImageForwarder.WATCHDOG) {
      add(
          Reference.parse(Objects.requireNonNull(settings.forwarder())),
          target,
          parts.work(),
          layers,
          unpacked);
    }
    for (ImageLayer layer : own(parts, forwarder)) {
      target.put(layer.packed().digest(), layer.file());
      layers.add(layer.packed());
      unpacked.add(layer.unpacked());
    }
    byte[] config = new ImageStart(parts.start(), base, forwarder).config(architecture, unpacked);
    Descriptor described = new Descriptor(MediaTypes.CONFIG, Digest.of(config), config.length);
    Path file = Files.write(parts.work().resolve("config.json"), config);
    target.put(described.digest(), file);
    String reference = target.finish(new ImageManifest(described, layers).json());
    return new Made(reference, layers.stream().mapToLong(Descriptor::size).sum());
  }

  private Reference base(String template) throws Impossible {
    String base = settings.bases().get(template);
    if (base == null) {
      throw new Impossible(
          "images of the template %s have nothing to stand on: the operator sets images.bases[%s]"
              .formatted(template, template));
    }
    return Reference.parse(base);
  }

  private ImageForwarder forwarder(Parts parts) throws Impossible {
    if (parts.listens() == Listens.ANYWHERE) {
      return ImageForwarder.NONE;
    }
    if (settings.forwarder() != null) {
      return ImageForwarder.WATCHDOG;
    }
    if (parts.listens() == Listens.ALONE_WITH_PYTHON) {
      return ImageForwarder.OURS;
    }
    throw new Impossible(
        "its program listens on port %d and an image has to on %d: let its template need python3,"
                .formatted(parts.start().port(), ImageForwarder.PORT)
            + " for lmnop's own forwarder, or the operator sets images.forwarder");
  }

  /** Adds the layers of an image that somebody else made. */
  private ImageConfig add(
      Reference reference,
      ImageTarget target,
      Path work,
      List<Descriptor> layers,
      List<Digest> unpacked)
      throws IOException, InterruptedException, Impossible {
    try {
      Repository from = registry.toPull(reference);
      ImageReader image = ImageReader.read(from, reference.requireDigest(), architecture);
      for (Descriptor layer : image.manifest().layers()) {
        if (!target.has(layer.digest()) && !target.takeOver(layer.digest(), reference)) {
          Path file = work.resolve("base-" + layer.digest().hex());
          fetch(from, layer, file);
          target.put(layer.digest(), file);
          Files.delete(file);
        }
        layers.add(layer);
      }
      unpacked.addAll(image.config().layers());
      return image.config();
    } catch (UnusableImage e) {
      throw new Impossible("the image %s: %s".formatted(reference, e.getMessage()));
    }
  }

  private static void fetch(Repository from, Descriptor layer, Path file)
      throws IOException, InterruptedException {
    try (InputStream in = from.blob(layer.digest());
        Digest.Sink sink = new Digest.Sink(Files.newOutputStream(file))) {
      copy(in, sink, layer.size());
      if (!sink.digest().equals(layer.digest())) {
        throw new UnusableImage("its layer " + layer.digest() + " came as something else");
      }
    }
  }

  private static void copy(InputStream in, OutputStream out, long size) throws IOException {
    byte[] buffer = new byte[64 * 1024];
    long left = size;
    int count;
    while ((count = in.read(buffer)) > 0) {
      left -= count;
      if (left < 0) {
        throw new UnusableImage("a layer of it is larger than its manifest says");
      }
      out.write(buffer, 0, count);
    }
  }

  private static List<ImageLayer> own(Parts parts, ImageForwarder forwarder) throws IOException {
    List<ImageLayer> layers = new ArrayList<>();
    if (forwarder == ImageForwarder.OURS) {
      layers.add(ImageForwarder.layer(parts.work().resolve("image-forwarder")));
    }
    Path dependencies = parts.dependencies();
    if (dependencies != null) {
      layers.add(
          ImageLayer.pack(
              parts.work().resolve("image-dependencies"),
              tar -> {
                folders(tar, DEPENDENCIES);
                tar.tree(dependencies, DEPENDENCIES.substring(1) + "/");
              }));
    }
    layers.add(
        ImageLayer.pack(
            parts.work().resolve("image-code"),
            tar -> {
              folders(tar, HOME);
              tar.tree(parts.code(), HOME.substring(1) + "/");
              if (Files.exists(parts.code().resolve("entrypoint"))) {
                tar.symbolicLink("entrypoint", HOME + "/entrypoint");
              }
            }));
    return layers;
  }

  private static void folders(TarWriter tar, String path) throws IOException {
    for (int slash = path.indexOf('/', 1); slash > 0; slash = path.indexOf('/', slash + 1)) {
      tar.directory(path.substring(1, slash));
    }
    tar.directory(path.substring(1));
  }

  /** How an image is started. */
  private record ImageStart(Manifest.Start start, ImageConfig base, ImageForwarder forwarder) {
    byte[] config(String architecture, List<Digest> layers) {
      List<String> command = start.command().stream().map(ImageStart::filled).toList();
      Map<String, String> environment = new TreeMap<>(base.environment());
      environment.put("HOME", HOME);
      environment.put("PATH", path());
      start.environment().forEach((name, value) -> environment.put(name, filled(value)));
      environment.putAll(forwarder.environment(start.port(), command));
      Map<String, String> labels = new TreeMap<>();
      if (forwarder != ImageForwarder.WATCHDOG) { // which has a path of its own
        labels.put(ImageConfig.HEALTH_LABEL, start.health() == null ? "" : start.health());
      }
      return new ImageConfig(
              architecture,
              forwarder.command(start.port(), command),
              environment,
              filled(start.workingDirectory()),
              base.user(),
              labels,
              layers)
          .json();
    }

    private String path() {
      List<String> all = new ArrayList<>(start.path().stream().map(ImageStart::filled).toList());
      all.add(base.environment().getOrDefault("PATH", TemplateImages.PATH));
      return String.join(":", all);
    }

    private static String filled(String text) {
      return text.replace("${code}", HOME).replace("${dependencies}", DEPENDENCIES);
    }
  }
}
