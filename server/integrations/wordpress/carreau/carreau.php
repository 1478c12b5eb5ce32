<?php
/**
 * Plugin Name:       Carreau
 * Description:       Shows places and routes of a Carreau server in posts: paste an address, or use the block with preview.
 * Version:           1.0.0
 * Requires at least: 6.1
 * Requires PHP:      7.4
 * License:           EUPL-1.2
 * License URI:       https://eupl.eu/1.2/en/
 * Text Domain:       carreau
 * Domain Path:       /languages
 *
 * SPDX-License-Identifier: EUPL-1.2
 *
 * The plug-in sends requests to the server of its settings only. Visitors' browsers load frames from that server only.
 */

defined( 'ABSPATH' ) || exit;

const CARREAU_OPTION = 'carreau_base_url';

/**
 * Load the translation of a language, whatever its country: de_DE, de_AT and de_CH have the same.
 */
function carreau_load_words() {
	$language = substr( determine_locale(), 0, 2 );
	$file     = __DIR__ . '/languages/carreau-' . $language . '.mo';
	if ( preg_match( '/^[a-z]{2}$/', $language ) && is_readable( $file ) ) {
		load_textdomain( 'carreau', $file );
	}
}
add_action( 'init', 'carreau_load_words', 1 );

/**
 * Return the address of the server, such as https://carreau.example; empty before somebody set it.
 */
function carreau_base_url() {
	return (string) get_option( CARREAU_OPTION, '' );
}

/**
 * Return scheme, host and port of an address; empty for anything else.
 */
function carreau_sanitized_base_url( $value ) {
	$parts  = wp_parse_url( trim( (string) $value ) );
	$scheme = strtolower( isset( $parts['scheme'] ) ? $parts['scheme'] : '' );
	if ( ! in_array( $scheme, array( 'http', 'https' ), true ) || empty( $parts['host'] ) || isset( $parts['user'] ) ) {
		if ( '' !== trim( (string) $value ) && function_exists( 'add_settings_error' ) ) {
			$message = __( 'This is not the address of a server. Give one such as https://carreau.example.', 'carreau' );
			add_settings_error( CARREAU_OPTION, 'invalid', $message );
		}
		return '';
	}
	$port = isset( $parts['port'] ) ? ':' . (int) $parts['port'] : '';
	return esc_url_raw( $scheme . '://' . strtolower( $parts['host'] ) . $port );
}

/**
 * Return whether an address is of a page of the server.
 */
function carreau_is_ours( $url ) {
	$base = carreau_base_url();
	return '' !== $base && 0 === strpos( (string) $url, $base . '/' );
}

/**
 * Make the server a provider of oEmbed, so that a pasted address shows the place.
 */
function carreau_register_provider() {
	$base = carreau_base_url();
	if ( '' !== $base ) {
		wp_oembed_add_provider( '#^' . preg_quote( $base, '#' ) . '/.+#', $base . '/oembed', true );
	}
}
add_action( 'init', 'carreau_register_provider' );

/**
 * Register the block; its script needs no build, and has its words from here.
 */
function carreau_register_block() {
	$needed = array( 'wp-blocks', 'wp-element', 'wp-block-editor', 'wp-components', 'wp-server-side-render' );
	$script = plugins_url( 'block.js', __FILE__ );
	wp_register_script( 'carreau-block', $script, $needed, (string) filemtime( __DIR__ . '/block.js' ), true );
	$told = array(
		'base'  => carreau_base_url(),
		'words' => array(
			'title'       => __( 'Carreau: place or route', 'carreau' ),
			'description' => __( 'Shows a place in 3D, or a route, from your Carreau server.', 'carreau' ),
			'address'     => __( 'Address of the page', 'carreau' ),
			/* translators: %s: address of the server */
			'help'        => sprintf( __( 'Copy it from the browser, on %s.', 'carreau' ), carreau_base_url() ),
			'foreign'     => __( 'This address is not of the server in the settings of Carreau.', 'carreau' ),
			'unset'       => __( 'First enter the address of your server, in Settings → Carreau.', 'carreau' ),
			'colours'     => __( 'Colours', 'carreau' ),
			'visitor'     => __( 'light or dark, as the visitor prefers', 'carreau' ),
			'light'       => __( 'light', 'carreau' ),
			'dark'        => __( 'dark', 'carreau' ),
			'height'      => __( 'Height in pixels', 'carreau' ),
		),
	);
	wp_add_inline_script( 'carreau-block', 'window.carreauBlock = ' . wp_json_encode( $told ) . ';', 'before' );
	register_block_type(
		'carreau/place',
		array(
			'api_version'     => 3,
			'title'           => $told['words']['title'],
			'category'        => 'embed',
			'icon'            => 'location-alt',
			'editor_script'   => 'carreau-block',
			'render_callback' => 'carreau_render_block',
			'supports'        => array( 'align' => array( 'wide', 'full' ), 'html' => false ),
			'attributes'      => array(
				'url'     => array( 'type' => 'string', 'default' => '' ),
				'colours' => array( 'type' => 'string', 'default' => '' ),
				'height'  => array( 'type' => 'integer', 'default' => 600 ),
				'align'   => array( 'type' => 'string' ),
			),
		)
	);
}
add_action( 'init', 'carreau_register_block' );

/**
 * Return the frame of a place or route, or a link where the server does not answer.
 */
function carreau_render_block( $attributes ) {
	$url = isset( $attributes['url'] ) ? (string) $attributes['url'] : '';
	if ( ! carreau_is_ours( $url ) ) {
		return '';
	}
	$colours = isset( $attributes['colours'] ) ? $attributes['colours'] : '';
	$asked   = in_array( $colours, array( 'light', 'dark' ), true )
		? $url . ( false === strpos( $url, '#' ) ? '#' : '&' ) . 'colours=' . $colours
		: $url;
	$height  = max( 200, min( 4000, isset( $attributes['height'] ) ? (int) $attributes['height'] : 600 ) );
	$frame   = carreau_frame( $asked, $height );
	$content = '' !== $frame ? $frame : '<a href="' . esc_url( $url ) . '">' . esc_html( $url ) . '</a>';
	$wrapper = get_block_wrapper_attributes( array( 'class' => 'wp-block-embed' ) );
	return '<figure ' . $wrapper . '>' . $content . '</figure>';
}

/**
 * Return the HTML that the server gives for an address; it is kept for a day, a failure for a minute.
 */
function carreau_frame( $url, $height ) {
	$key  = 'carreau_' . md5( carreau_base_url() . ' ' . $url . ' ' . $height );
	$kept = get_transient( $key );
	if ( false !== $kept ) {
		return (string) $kept;
	}
	// The width is the block's: the frame is never wider than it.
	$found = wp_oembed_get( $url, array( 'width' => 1600, 'height' => $height ) );
	$html  = $found ? preg_replace( '/ width="\d+"/', ' width="100%"', $found, 1 ) : '';
	$html  = preg_replace( '/ height="\d+"/', ' height="' . (int) $height . '"', $html, 1 );
	set_transient( $key, $html, '' !== $html ? DAY_IN_SECONDS : MINUTE_IN_SECONDS );
	return $html;
}

/**
 * Add the page of the settings: one address.
 */
function carreau_add_settings() {
	register_setting(
		'carreau',
		CARREAU_OPTION,
		array( 'type' => 'string', 'default' => '', 'sanitize_callback' => 'carreau_sanitized_base_url' )
	);
}
add_action( 'admin_init', 'carreau_add_settings' );

function carreau_add_menu() {
	add_options_page( 'Carreau', 'Carreau', 'manage_options', 'carreau', 'carreau_settings_page' );
}
add_action( 'admin_menu', 'carreau_add_menu' );

function carreau_settings_page() {
	?>
	<div class="wrap">
		<h1>Carreau</h1>
		<form method="post" action="options.php">
			<?php settings_fields( 'carreau' ); ?>
			<table class="form-table" role="presentation"><tr>
				<th scope="row"><label for="carreau"><?php esc_html_e( 'Address of your server', 'carreau' ); ?></label></th>
				<td>
					<input name="<?php echo esc_attr( CARREAU_OPTION ); ?>" id="carreau" type="url" class="regular-text"
						value="<?php echo esc_attr( carreau_base_url() ); ?>" placeholder="https://carreau.example"
						aria-describedby="carreau-help">
					<p class="description" id="carreau-help">
						<?php esc_html_e( 'Addresses of its pages, pasted into a post, then show the place or route. WordPress and the browsers of your visitors ask no other host.', 'carreau' ); ?>
					</p>
				</td>
			</tr></table>
			<?php submit_button(); ?>
		</form>
	</div>
	<?php
}

/**
 * Link to the settings from the list of plug-ins.
 */
function carreau_action_links( $links ) {
	$url = admin_url( 'options-general.php?page=carreau' );
	return array_merge( array( '<a href="' . esc_url( $url ) . '">' . esc_html__( 'Settings', 'carreau' ) . '</a>' ), $links );
}
add_filter( 'plugin_action_links_' . plugin_basename( __FILE__ ), 'carreau_action_links' );
