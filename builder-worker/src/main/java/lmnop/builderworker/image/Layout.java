package lmnop.builderworker.image;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import lmnop.images.Blobs;
import lmnop.images.Descriptor;
import lmnop.images.ImageManifest;
import lmnop.images.ImageReader;
import lmnop.images.UnusableImage;
import lmnop.operations.archive.Digest;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A layout of OCI that somebody made who is not trusted: one image as a folder. */
public record Layout(Path folder) implements Blobs {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final int LARGEST_INDEX = 1024 * 1024;

  /** The image of a layout, whose manifest and configuration are verified. */
  public record Image(Layout layout, Digest digest, ImageReader parts) {
    /** Bytes of its layers, as they travel. */
    public long bytes() {
      return parts.size();
    }

    /** Copies it, and gives its name there. */
    public String copyTo(ImageTarget target) throws IOException, InterruptedException {
      for (Descriptor layer : parts.manifest().layers()) {
        layout.copy(layer.digest(), target);
      }
      layout.copy(parts.manifest().config().digest(), target);
      try (InputStream in = layout.manifest(digest)) {
        byte[] manifest = in.readNBytes(ImageManifest.LARGEST);
        if (!Digest.of(manifest).equals(digest)) {
          throw new UnusableImage("its manifest has changed");
        }
        return target.finish(manifest);
      }
    }
  }

  /** Reads which image it holds. */
  public Image image() throws IOException, InterruptedException {
    try (InputStream in = open(folder.resolve("index.json"))) {
      JsonNode entry = JSON.readTree(in.readNBytes(LARGEST_INDEX)).path("manifests").path(0);
      Digest digest = Digest.parse(entry.path("digest").asString(""));
      String processor =
          System.getProperty("os.arch"); // house-rule exception: which machine this is
      ImageReader image = ImageReader.read(this, digest, ImageManifest.architecture(processor));
      if (image.config().command().isEmpty()) {
        throw new UnusableImage("it has neither ENTRYPOINT nor CMD, so nothing says what to start");
      }
      return new Image(this, digest, image);
    } catch (JacksonException | IllegalArgumentException e) {
      throw new UnusableImage("its index cannot be read: " + e.getMessage(), e);
    }
  }

  private void copy(Digest part, ImageTarget target) throws IOException, InterruptedException {
    if (!target.has(part)) {
      Path file = file(part);
      try (InputStream in = open(file);
          Digest.Sink sink = new Digest.Sink(OutputStream.nullOutputStream())) {
        in.transferTo(sink);
        if (!sink.digest().equals(part)) {
          throw new UnusableImage("its part " + part + " is something else");
        }
      }
      target.put(part, file);
    }
  }

  private Path file(Digest part) {
    return folder.resolve("blobs/sha256").resolve(part.hex());
  }

  /** No link is followed, wherever the build may have put one. */
  private InputStream open(Path file) throws IOException {
    for (Path path = file; path != null && !path.equals(folder); path = path.getParent()) {
      if (Files.isSymbolicLink(path)) {
        throw new UnusableImage(folder.relativize(path) + " of its layout is a link");
      }
    }
    try {
      if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
        throw new UnusableImage(folder.relativize(file) + " of its layout is no file");
      }
      return Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS);
    } catch (NoSuchFileException e) {
      throw new UnusableImage(folder.relativize(file) + " of its layout is missing", e);
    }
  }

  @Override
  public InputStream manifest(Digest digest) throws IOException {
    return blob(digest);
  }

  @Override
  public InputStream blob(Digest digest) throws IOException {
    return open(file(digest));
  }
}
