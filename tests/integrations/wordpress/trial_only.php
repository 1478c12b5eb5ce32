<?php
// Must-use plug-in of the trial: the server to embed is on this machine, which WordPress refuses to ask, rightly, elsewhere.
// Whatever else WordPress would ask over the network is refused, and written down.
add_filter( 'http_request_host_is_external', '__return_true' );
add_filter( 'http_allowed_safe_ports', fn( $ports ) => array_merge( $ports, array( (int) getenv( 'CARREAU_PORT' ) ) ) );
add_filter(
	'pre_http_request',
	function ( $answer, $parsed, $url ) {
		if ( '127.0.0.1' === wp_parse_url( $url, PHP_URL_HOST ) ) {
			return $answer;
		}
		file_put_contents( getenv( 'CARREAU_ASKED' ), $url . "\n", FILE_APPEND );
		return new WP_Error( 'refused', 'the trial asks no other host' );
	},
	10,
	3
);
add_filter( 'automatic_updater_disabled', '__return_true' );
