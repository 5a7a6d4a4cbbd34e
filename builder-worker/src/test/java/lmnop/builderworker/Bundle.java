package lmnop.builderworker;

import com.github.luben.zstd.ZstdInputStream;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import lmnop.operations.archive.TarReader;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A bundle as an engine sees it: unpacked, layer by layer. */
record Bundle(List<String> members, JsonNode manifest, Path directory) {
  static Bundle open(Path file, Path into) throws IOException {
    List<String> members = new ArrayList<>();
    Files.createDirectories(into);
    try (InputStream in = new BufferedInputStream(Files.newInputStream(file));
        TarArchiveInputStream tar = new TarArchiveInputStream(in)) {
      for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
        members.add(entry.getName());
        Files.copy(tar, into.resolve(entry.getName()));
      }
    }
    JsonNode manifest =
        JsonMapper.builder().build().readTree(Files.readString(into.resolve("manifest.json")));
    for (JsonNode layer : manifest.get("layers")) {
      Path directory = Files.createDirectory(into.resolve(layer.get("name").asString()));
      try (InputStream in =
          new ZstdInputStream(Files.newInputStream(into.resolve(layer.get("member").asString())))) {
        TarReader.unpack(in, directory, TarReader.Budget.LAYER);
      }
    }
    return new Bundle(members, manifest, into);
  }

  Path code() {
    return directory.resolve("code");
  }

  Path dependencies() {
    return directory.resolve("dependencies");
  }
}
