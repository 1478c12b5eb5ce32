// The block of the editor: an address, colours and height, with the frame itself as preview. SPDX-License-Identifier: EUPL-1.2
(({ blocks, element, blockEditor, components, serverSideRender }, { base, words }) => {
  const { createElement: h, Fragment } = element;
  const { InspectorControls, useBlockProps } = blockEditor;
  const { Disabled, Notice, PanelBody, Placeholder, SelectControl, TextControl } = components;

  const isOurs = (url) => base !== "" && url.startsWith(`${base}/`);

  function addressField({ url, setAttributes }) {
    return h(TextControl, {
      label: words.address, help: words.help, type: "url", value: url, placeholder: `${base}/`,
      onChange: (value) => setAttributes({ url: value.trim() }), __nextHasNoMarginBottom: true, __next40pxDefaultSize: true,
    });
  }

  function settings({ url, colours, height, setAttributes }) {
    const options = [["", words.visitor], ["light", words.light], ["dark", words.dark]];
    return h(InspectorControls, {}, h(PanelBody, { title: words.title },
      addressField({ url, setAttributes }),
      h(SelectControl, {
        label: words.colours, value: colours, options: options.map(([value, label]) => ({ value, label })),
        onChange: (value) => setAttributes({ colours: value }), __nextHasNoMarginBottom: true, __next40pxDefaultSize: true,
      }),
      h(TextControl, {
        label: words.height, type: "number", min: 200, max: 4000, value: height,
        onChange: (value) => setAttributes({ height: Number.parseInt(value, 10) || 600 }), __nextHasNoMarginBottom: true, __next40pxDefaultSize: true,
      })));
  }

  function Edit({ attributes, setAttributes }) {
    const { url, colours, height } = attributes;
    const props = useBlockProps();
    if (isOurs(url)) {
      // Disabled: a click selects the block and does not go into the frame.
      return h("div", props, settings({ url, colours, height, setAttributes }),
        h(Disabled, {}, h(serverSideRender, { block: "carreau/place", attributes })));
    }
    const note = base === "" ? words.unset : url ? words.foreign : "";
    return h("div", props, h(Placeholder, { icon: "location-alt", label: words.title, instructions: words.description },
      h(Fragment, {}, note && h(Notice, { status: "warning", isDismissible: false }, note), addressField({ url, setAttributes }))));
  }

  blocks.registerBlockType("carreau/place", {
    apiVersion: 3, title: words.title, description: words.description, category: "embed", icon: "location-alt",
    supports: { align: ["wide", "full"], html: false },
    attributes: {
      url: { type: "string", default: "" }, colours: { type: "string", default: "" },
      height: { type: "integer", default: 600 }, align: { type: "string" },
    },
    transforms: {
      from: [{
        type: "block", blocks: ["core/embed"], isMatch: ({ url }) => isOurs(url ?? ""),
        transform: ({ url }) => blocks.createBlock("carreau/place", { url }),
      }],
    },
    edit: Edit,
    save: () => null,
  });
})(window.wp, window.carreauBlock);
