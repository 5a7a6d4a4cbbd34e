package lmnop.loadtest.bench.router;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The certificate that all proxies show. */
record Certificates(Path folder, Path chain, Path key, Path both) {
  static Certificates make(Path scratch) throws IOException {
    Path folder = Files.createDirectories(scratch.resolve("certificates"));
    Path chain = folder.resolve("bench.pem");
    Path key = folder.resolve("bench.key");
    Load.run(
        List.of(
            "openssl",
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
            "-days",
            "2",
            "-subj",
            "/CN=localhost",
            "-addext",
            "subjectAltName=DNS:localhost",
            "-keyout",
            key.toString(),
            "-out",
            chain.toString()));
    Path both = scratch.resolve("both.pem");
    Files.writeString(both, Files.readString(chain) + Files.readString(key));
    return new Certificates(folder, chain, key, both);
  }
}
