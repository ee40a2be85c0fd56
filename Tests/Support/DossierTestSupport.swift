// DossierTestSupport
