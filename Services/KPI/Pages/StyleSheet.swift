/// How the pages look: dark on light, wide enough to read, nothing moved or hidden by colour alone.
enum StyleSheet {
    static let css = """
        body { font-family: system-ui, sans-serif; line-height: 1.5; color: #1a1a1a; background: #fff; margin: 0; }
        main { max-width: 72rem; margin: 0 auto; padding: 1rem; }
        h1 { font-size: 1.75rem; }
        .headline { font-size: 1.25rem; }
        .skip-link { position: absolute; left: -100rem; }
        .skip-link:focus { position: static; display: inline-block; padding: 0.5rem; }
        table { border-collapse: collapse; width: 100%; margin: 1.5rem 0; display: block; overflow-x: auto; }
        caption { text-align: left; font-weight: bold; padding: 0.5rem 0; }
        th, td { text-align: left; vertical-align: top; padding: 0.5rem; border-bottom: 1px solid #6b6b6b; }
        label { display: inline-block; min-width: 12rem; }
        input, button { font: inherit; padding: 0.4rem; border: 1px solid #1a1a1a; }
        input:focus, button:focus { outline: 3px solid #0b4f9e; outline-offset: 2px; }
        [role=alert] { border-left: 0.4rem solid #a4001d; padding-left: 0.6rem; }
        a { color: #0b4f9e; }
        a:focus { outline: 3px solid #0b4f9e; outline-offset: 2px; }

        """
}
