package lmnop.operations.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.springframework.boot.context.properties.bind.DefaultValue;

class SettingsTest {
  record App(
      Path data,
      @DefaultValue("5s") Duration patience,
      @Nullable String note,
      @Nullable Mirror mirror,
      @DefaultValue List<Mirror> more,
      Listener publicListener) {}

  record Mirror(URI url) {}

  record Listener(@DefaultValue("127.0.0.1") String host, int port, URI url) {}

  @Test
  void namesEverySettingThatIsMissing() {
    assertThatThrownBy(() -> Settings.bind(App.class, Map.of("patience", "1s")))
        .isInstanceOf(SettingsException.class)
        .hasMessageContaining("data is missing")
        .hasMessageContaining("public-listener.url is missing")
        .hasMessageNotContainingAny("note", "host", "patience", "mirror");
  }

  @Test
  void namesWhatIsMissingInEntriesOfLists() {
    assertThat(Settings.bind(Entries.class, Map.of("more[0].name", "a", "more[0].url", "http://m")))
        .isNotNull();
    assertThatThrownBy(() -> Settings.bind(Entries.class, Map.of("more[0].name", "a")))
        .hasMessageContaining("more[0].url is missing");
  }

  record Entries(List<Entry> more) {}

  record Entry(String name, URI url) {}

  @Test
  void namesEverySettingThatIsNotKnown() {
    assertThatThrownBy(() -> Settings.bind(App.class, Map.of("dara", "x", "data", "/tmp")))
        .hasMessageContaining("dara is not a setting");
  }

  @Test
  void namesWhatIsUnknownAndWhatIsWrongAndWhatIsMissingTogether() {
    assertThatThrownBy(() -> Settings.bind(App.class, Map.of("dara", "x", "patience", "soon")))
        .hasMessageContaining("patience = 'soon' is not a Duration")
        .hasMessageContaining("dara is not a setting")
        .hasMessageContaining("public-listener.url is missing")
        .hasMessageNotContainingAny("patience is not", "patience is missing");
    assertThatThrownBy(() -> Settings.bind(App.class, Map.of("dara", "x", "patience", "1s")))
        .hasMessageContaining("dara is not a setting")
        .hasMessageContaining("data is missing")
        .hasMessageContaining("public-listener.url is missing");
  }

  @Test
  void optionsAreBoundWithTheirDefaults() {
    App app =
        Settings.load(
            App.class, "--data=/x", "--public-listener.url=http://h", "--public-listener.port=7");
    assertThat(app)
        .isEqualTo(
            new App(
                Path.of("/x"),
                Duration.ofSeconds(5),
                null,
                null,
                List.of(),
                new Listener("127.0.0.1", 7, URI.create("http://h"))));
  }
}
