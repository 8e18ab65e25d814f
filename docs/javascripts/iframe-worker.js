// Lets the search work when the site is opened from the disk: there browsers give a page no Worker of another file.
// Then a hidden frame does what the worker would. The site's generator would load such a script from elsewhere.
if (location.protocol === "file:") {
  window.Worker = class extends EventTarget {
    constructor(address) {
      super()
      this.waiting = []
      this.frame = document.createElement("iframe")
      this.frame.hidden = true
      document.body.append(this.frame)
      this.inside = this.frame.contentWindow
      this.inside.postMessage = (data) => setTimeout(() => this.onmessage?.(new MessageEvent("message", { data })))
      const script = this.inside.document.createElement("script")
      script.src = new URL(address, location.href).href
      script.onload = () => this.begin()
      script.onerror = (event) => this.onerror?.(event)
      this.inside.document.body.append(script)
    }

    begin() {
      for (const data of this.waiting.splice(0)) this.hand(data)
      this.waiting = null
    }

    hand(data) {
      setTimeout(() => this.inside?.onmessage?.(new MessageEvent("message", { data })))
    }

    postMessage(data) {
      if (this.waiting) this.waiting.push(data)
      else this.hand(data)
    }

    terminate() {
      this.inside = null
      this.frame.remove()
    }
  }
}
