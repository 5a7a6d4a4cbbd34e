package lmnop.controlplane.audit;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The audit as a table for spreadsheets. */
public final class AuditCsv {
  /** What it is, as HTTP says it. */
  public static final String TYPE = "text/csv; charset=utf-8";

  private static final String HEAD = "id,at,actor,action,subject,outcome,way,client,detail\r\n";

  private AuditCsv() {}

  /** Writes all of these rows while they are read, so that their number does not matter; blocks. */
  public static void write(AuditRecords records, AuditRecords.Wanted wanted, OutputStream out)
      throws IOException {
    out.write(HEAD.getBytes(StandardCharsets.UTF_8));
    records.each(wanted, entry -> out.write(line(entry).getBytes(StandardCharsets.UTF_8)));
  }

  private static String line(AuditRecords.Entry entry) {
    return Stream.of(
                String.valueOf(entry.id()),
                entry.at().toString(),
                entry.actor(),
                entry.action(),
                entry.subject(),
                entry.outcome(),
                entry.way(),
                entry.client(),
                entry.detail())
            .map(AuditCsv::cell)
            .collect(Collectors.joining(","))
        + "\r\n";
  }

  /** A spreadsheet takes what begins like a formula for one. */
  private static String cell(String text) {
    String harmless = text.matches("(?s)[=+\\-@\\t\\r].*") ? "'" + text : text;
    return harmless.matches("(?s).*[\",\\r\\n].*")
        ? '"' + harmless.replace("\"", "\"\"") + '"'
        : harmless;
  }
}
