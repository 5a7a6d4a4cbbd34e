package lmnop.controlplane.backup;

import java.util.List;
import java.util.Map;

/**
 * What a backup begins with.
 *
 * @param format of the file
 * @param id names this backup, and no other
 * @param madeAt when its moment was
 * @param schema the numbers of the migrations that its tables are of
 * @param masterKeys the names of the master keys that its secrets are encrypted with
 * @param changeNumber how far changes for routers were counted
 * @param tables in the order in which they can be filled, each with its columns
 */
record Manifest(
    int format,
    String id,
    String madeAt,
    List<String> schema,
    List<String> masterKeys,
    long changeNumber,
    Map<String, List<String>> tables) {
  static final int FORMAT = 1;
  static final String SECTION = "manifest";
  static final String REPOSITORIES = "repositories/";
  static final String ARTIFACTS = "artifacts/";
  static final String TABLES = "tables/";
  static final String SEQUENCES = "sequences";
}
