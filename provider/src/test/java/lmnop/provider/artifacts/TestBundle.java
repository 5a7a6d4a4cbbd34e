package lmnop.provider.artifacts;

import com.github.luben.zstd.Zstd;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import lmnop.operations.archive.Digest;
import lmnop.operations.archive.TarWriter;
import tools.jackson.databind.json.JsonMapper;

/** Makes bundles as small as possible. */
public final class TestBundle {
  private final Map<String, String> files = new LinkedHashMap<>();
  private final Map<String, Object> manifest = new LinkedHashMap<>();
  private final Map<String, byte[]> layers = new LinkedHashMap<>();

  private TestBundle() {
    manifest.put("version", 1);
    manifest.put("template", "test");
    manifest.put("command", List.of("${code}/entrypoint"));
    manifest.put("workingDirectory", "${code}");
    manifest.put("environment", Map.of());
    manifest.put("path", List.of());
    manifest.put("port", 5000);
    manifest.put("portFixed", false);
  }

  /** A bundle whose entrypoint is a shell script. */
  public static TestBundle script(String text) {
    return new TestBundle().file("entrypoint", "#!/bin/sh\n" + text);
  }

  /**
   * A bundle that serves HTTP on PORT, prints {@code hello}, answers {@code text} to GET, prints
   * the body of a PUT, and runs the body of a POST in a shell and answers its output.
   */
  public static TestBundle server(String text) {
    return script("exec /usr/bin/python3 -u -S -E server.py\n")
        .file(
            "server.py",
            """
            import os, socket, subprocess, threading
            listener = socket.socket()
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(("127.0.0.1", int(os.environ["PORT"])))
            listener.listen(64)
            print("hello")
            def serve(s):
                with s, s.makefile("rb") as f:
                    line = f.readline().decode()
                    length = 0
                    for header in iter(f.readline, b"\\r\\n"):
                        if not header: return
                        if header.lower().startswith(b"content-length:"):
                            length = int(header.split(b":")[1])
                    body = b"TEXT"
                    if line.startswith("PUT"):
                        print(f.read(length).decode())
                    if line.startswith("POST"):
                        body = subprocess.run(f.read(length).decode(), shell=True,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT).stdout
                    s.sendall(b"HTTP/1.1 200 OK\\r\\nConnection: close\\r\\nContent-Length: "
                        + str(len(body)).encode() + b"\\r\\n\\r\\n" + body)
            while True:
                connection, _ = listener.accept()
                threading.Thread(target=serve, args=(connection,), daemon=True).start()
            """
                .replace("TEXT", text));
  }

  /** Adds a file to the code; an entrypoint is executable. */
  public TestBundle file(String name, String content) {
    files.put(name, content);
    return this;
  }

  /** Sets a field of the manifest. */
  public TestBundle with(String field, Object value) {
    manifest.put(field, value);
    return this;
  }

  /** Adds a dependency layer with one file. */
  public TestBundle dependency(String name, String content) {
    layers.put("dependencies", tar(Map.of(name, content)));
    return this;
  }

  /** Writes the bundle into an artifact store and gives the image that names it. */
  public String into(Path artifacts) {
    byte[] bundle = bytes();
    Digest digest = Digest.of(bundle);
    try {
      Path folder = artifacts.resolve("sha256");
      Files.createDirectories(folder);
      Files.write(folder.resolve(digest.hex()), bundle);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return "bundle@" + digest;
  }

  byte[] bytes() {
    Map<String, byte[]> all = new LinkedHashMap<>(layers);
    all.put("code", tar(files));
    List<Map<String, String>> described = new ArrayList<>();
    all.forEach((name, tar) ->
        described.add(
            Map.of(
                "name", name, "member", name + ".tar.zst", "digest", Digest.of(tar).toString())));
    manifest.putIfAbsent("layers", described);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (TarWriter tar = new TarWriter(out)) {
      tar.file("manifest.json", false, JsonMapper.shared().writeValueAsBytes(manifest));
      for (Map.Entry<String, byte[]> layer : all.entrySet()) {
        tar.file(layer.getKey() + ".tar.zst", false, Zstd.compress(layer.getValue()));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  private static byte[] tar(Map<String, String> files) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (TarWriter tar = new TarWriter(out)) {
      for (Map.Entry<String, String> file : files.entrySet()) {
        byte[] content = file.getValue().getBytes(StandardCharsets.UTF_8);
        tar.file(file.getKey(), file.getKey().equals("entrypoint"), content);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }
}
