// A browser starts no worker from a file. Opened from a folder, the search, which is one, runs in a hidden frame.
if (location.protocol === "file:") {
  window.IFrameWorker = window.Worker = class extends EventTarget {
    constructor(url) {
      super();
      const frame = document.createElement("iframe");
      frame.hidden = true;
      document.body.append(frame);
      const inside = frame.contentWindow;
      inside.postMessage = (data) => this.dispatchEvent(new MessageEvent("message", { data }));
      inside.importScripts = (...sources) =>
        sources.reduce((before, source) => before.then(() => loaded(inside.document, source)), Promise.resolve());
      this.inside = loaded(inside.document, new URL(url, location.href)).then(() => inside);
    }

    postMessage(data) {
      this.inside.then((inside) => inside.dispatchEvent(new MessageEvent("message", { data })));
    }
  };

  function loaded(page, source) {
    return new Promise((done, failed) => {
      const script = page.createElement("script");
      script.src = source;
      script.onload = done;
      script.onerror = failed;
      page.head.append(script);
    });
  }
}
